# What stands above names the hub and the keys. Needed: git, ssh-keygen (OpenSSH 8.2 or newer), b2sum and sed; nothing of jemput.
# It reads the hub and writes nothing to it. The last line says what came of it; exit status 0 = all of it holds.
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
printf '%s\n' "$signers" >"$work/allowed_signers"
bad=0
fail() {
    printf 'BAD: %s\n' "$*"
    bad=$((bad + 1))
}

# 1. The repository: each object is what its name says, and all are there.
git -C "$hub" fsck --strict --no-progress --no-dangling || fail "git fsck"

# 2. Each segment. The commit without its signature is what is signed; its message is the header; the one file is the payload as it was sent.
git -C "$hub" rev-list --branches >"$work/commits" || fail "git rev-list"
count=0
while read -r commit; do
    count=$((count + 1))
    git -C "$hub" cat-file commit "$commit" >"$work/commit" 2>/dev/null || { fail "$commit: not there"; continue; }
    sed -n '/^gpgsig /,/-----END SSH SIGNATURE-----$/{s/^gpgsig //;s/^ //;p;}' "$work/commit" >"$work/sig"
    sed '/^gpgsig /,/-----END SSH SIGNATURE-----$/d' "$work/commit" >"$work/signed"
    sed '1,/^$/d' "$work/signed" >"$work/message"
    set -- $(sed -n 's/^writer \([0-9a-f]*\) epoch [0-9]* generation \([0-9]*\) number \([0-9]*\)$/\1 \2 \3/p' "$work/message")
    [ $# = 3 ] || { fail "$commit: no segment"; continue; }
    writer=$1 generation=$2 number=$3
    place="segment $number of log $(printf %.8s "$writer") ($(printf %.12s "$commit"))"
    # The signature, by the key of the log's writer. The genesis segment has no writer yet: any enrolled key.
    signer=$writer
    [ "$number" != 0 ] || signer=$(ssh-keygen -Y find-principals -s "$work/sig" -f "$work/allowed_signers" 2>/dev/null | head -n 1)
    if [ "$number" != 0 ] && ! grep -q "^$writer " "$work/allowed_signers"; then
        printf 'not enrolled: %s\n' "$place"
    elif ! ssh-keygen -Y verify -n git -f "$work/allowed_signers" -I "$signer" -s "$work/sig" <"$work/signed" >/dev/null 2>&1; then
        fail "$place: signature"
    fi
    # The payload, by the hash that was signed.
    stated=$(sed -n 's/^payload [0-9]* \([0-9a-f]*\)$/\1/p' "$work/message")
    payload=$(git -C "$hub" cat-file blob "$commit:segment" 2>/dev/null | b2sum -l 256 | cut -d ' ' -f 1)
    [ "$payload" = "$stated" ] || fail "$place: payload"
    # For the chain: hash of this segment, hash of the one before it as signed, first parent.
    hash=$(b2sum -l 256 <"$work/message" | cut -d ' ' -f 1)
    previous=$(sed -n 's/^previous \([0-9a-f]*\)$/\1/p' "$work/message")
    space=$(sed -n 's/^space \([0-9a-f]*\)$/\1/p' "$work/message")
    parent=$(sed -n 's/^parent \([0-9a-f]*\)$/\1/p' "$work/signed" | head -n 1)
    printf '%s %s %s %s %s %s %s\n' "$commit" "$hash" "$previous" "${parent:--}" "$writer" "$number" "$space" >>"$work/chain"
done <"$work/commits"

# 3. The chains: each segment names the hash of the one before it, in one space; a log's first one names the space, which is the hash of the genesis.
# Where logs begin behind a checkpoint that one may be gone: then all must name the same space.
awk '
    { hash[$1] = $2; number[$1] = $6; writer[$1] = $5; line[NR] = $0; if (NR == 1) named = $7; if ($6 == 0) genesis = $2; if ($6 > 1 && $4 == "-") cut = 1 }
    END {
        if (genesis == "" && cut) genesis = named
        for (i = 1; i <= NR; i++) {
            split(line[i], f, " ")
            if (f[6] == 0) continue
            if (genesis == "" || f[7] != genesis) print f[1] ": of another space than the genesis segment"
            if (f[6] == 1) { if (f[3] != f[7]) print f[1] ": does not begin at the space"; continue }
            if (f[4] == "-") continue # a generation that begins behind a checkpoint
            if (hash[f[4]] != f[3] || number[f[4]] + 1 != f[6] || writer[f[4]] != f[5]) print f[1] ": does not follow the segment before it"
        }
    }' "$work/chain" >"$work/broken"
while read -r line; do fail "$line"; done <"$work/broken"

# 4. The branches: each is called by its writer.
git -C "$hub" for-each-ref --format='%(refname) %(objectname)' refs/heads/log/ >"$work/refs"
while read -r ref commit; do
    case $ref in
    "refs/heads/log/$(awk -v c="$commit" '$1 == c { print $5 }' "$work/chain")/"*) ;;
    *) fail "$ref: holds another log" ;;
    esac
done <"$work/refs"

space=$(awk '$6 == 0 { print $2 }' "$work/chain")
[ -n "$space" ] || space="$(awk '{ print $7; exit }' "$work/chain") (its genesis segment lies behind a checkpoint)"
echo "$count segments, $bad bad. Space: $space"
[ "$bad" = 0 ]
