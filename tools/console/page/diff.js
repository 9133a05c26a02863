// page/diff.js — where two texts differ, letter by letter. Pure. Longest common subsequence, as every diff; values are short.
const LETTERS_MAX = 400; // beyond it whole values are compared

/** [{ text, same }] of `value` against `other`: what is not in `other` at its place has same = false; an empty text: something of `other` is not
 *  here. */
export function marked(value, other) {
  const a = [...value], b = [...other];
  if (value === other || !other)
    return [{ text: value, same: true }];
  if (a.length > LETTERS_MAX || b.length > LETTERS_MAX)
    return [{ text: value, same: false }];
  const length = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      length[i][j] = a[i] === b[j] ? length[i + 1][j + 1] + 1 : Math.max(length[i + 1][j], length[i][j + 1]);
  const parts = [];
  const put = (text, same) => {
    const end = parts[parts.length - 1];
    if (end && end.same === same)
      end.text += text;
    else
      parts.push({ text, same });
  };
  const missing = () => {
    const end = parts[parts.length - 1];
    if (!end || end.same)
      parts.push({ text: '', same: false });
  };
  let i = 0, j = 0;
  while (i < a.length) {
    if (j < b.length && a[i] === b[j]) {
      put(a[i++], true);
      j++;
    } else if (j < b.length && length[i][j + 1] >= length[i + 1][j]) {
      missing();
      j++;
    } else {
      put(a[i++], false);
    }
  }
  if (j < b.length)
    missing();
  return parts;
}

/** What `value` has that `other` has not, and the other way round: for saying it in words. */
export function difference(value, other) {
  const only = (x, y) => marked(x, y).filter((p) => !p.same && p.text).map((p) => p.text);
  return { more: only(value, other), less: other ? only(other, value) : [] };
}
