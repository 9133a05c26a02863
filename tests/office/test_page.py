#!/usr/bin/env python3
"""The console's page as text: every word in both languages, nothing that makes markup out of data, nothing from elsewhere.

    test_page.py PAGE [NODE PURE]      PAGE: tools/console/page; with NODE also what can be run without a browser: tests/office/pages/pure.mjs
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

PAGE = pathlib.Path(sys.argv[1])
NODE = sys.argv[2:4]
SCRIPTS = {p: p.read_text(encoding="utf-8") for p in [*PAGE.glob("*.js"), *PAGE.glob("pages/*.js")]}
WORDS = {name: json.loads((PAGE / "words" / (name + ".json")).read_text(encoding="utf-8")) for name in ("id", "en")}
# Names whose words are looked for by what data says: t('status.' + code).
CALL = re.compile(r"\bt(?:Or)?\(\s*'([^']+)'(\s*\+)?|\bt(?:Or)?\(`([^`$]+)\$\{")


def used():
    """(whole keys, beginnings of keys) that the page asks for."""
    whole, begun = set(), set()
    for text in SCRIPTS.values():
        for key, more, template in CALL.findall(text):
            if template or more:
                begun.add(template or key)
            else:
                whole.add(key)
        whole.update(re.findall(r"'([a-z]+(?:\.[a-zA-Z_]+)*)'", text))  # keys in tables and conditions
    return whole, begun


def templates(text):
    """The literal parts of the page's tagged templates: what stands between ${ and } is code."""
    for found in re.finditer(r"html`", text):
        depth, literal, at = 0, "", found.end()
        while at < len(text):
            if depth == 0 and text[at] == "`":
                break
            if text.startswith("${", at):
                depth += 1
                at += 2
                literal += " "
                continue
            if depth and text[at] == "{":
                depth += 1
            elif depth and text[at] == "}":
                depth -= 1
            elif not depth:
                literal += text[at]
            at += 1
        yield literal


class Page(unittest.TestCase):
    def test_both_languages_have_the_same_words_with_the_same_values(self):
        self.assertEqual(sorted(WORDS["id"]), sorted(WORDS["en"]))
        for key in WORDS["id"]:
            names = [set(re.findall(r"\{(\w+)", WORDS[lang][key])) for lang in ("id", "en")]
            self.assertEqual(*names, key)

    def test_every_word_that_is_asked_for_is_there_and_every_one_there_is_asked_for(self):
        whole, begun = used()
        called = {key for text in SCRIPTS.values() for key, more, _ in CALL.findall(text) if key and not more}
        self.assertEqual(sorted(called - set(WORDS["id"])), [])
        unused = [k for k in WORDS["id"] if k not in whole and not any(k.startswith(b) for b in begun)]
        self.assertEqual(unused, [])

    def test_each_act_that_is_written_down_has_a_word_and_can_be_asked_for(self):
        paper = (PAGE.parent.parent.parent / "schema" / "formats" / "looks.md").read_text(encoding="utf-8")
        acts = re.findall(r"`([a-z-]+)`", re.search(r"^\| `act` \| TEXT \|(.*)$", paper, re.M)[1])
        asked = re.findall(r"'([a-z-]+)'", re.search(r"const ACTS = \[(.*?)\]", SCRIPTS[PAGE / "pages" / "dilihat.js"], re.S)[1])
        self.assertEqual(sorted(asked), sorted(acts))
        self.assertEqual([a for a in acts if "look." + a not in WORDS["id"]], [])

    def test_words_are_text_and_no_markup(self):
        for lang, words in WORDS.items():
            for key, text in words.items():
                self.assertIsNone(re.search(r"[<>&]", text), f"{lang} {key}")

    def test_no_page_has_letters_of_its_own(self):
        allowed = {"jemput", "Ctrl"}
        for path, text in SCRIPTS.items():
            for literal in templates(text):
                shown = re.sub(r"<[^>]*>", " ", literal)
                words = [w for w in re.findall(r"[A-Za-z]{2,}", shown) if w not in allowed]
                self.assertEqual(words, [], path.name)

    def test_no_data_becomes_markup_or_code(self):
        forbidden = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|dangerouslySetInnerHTML|document\.write|\beval\(|new Function|srcdoc"
                               r"|javascript:|setAttribute\('on")
        for path, text in SCRIPTS.items():
            self.assertIsNone(forbidden.search(text), path.name)

    def test_nothing_is_asked_from_elsewhere(self):
        for path in [*SCRIPTS, *PAGE.glob("css/*.css"), PAGE / "index.html"]:
            text = re.sub(r'xmlns="http://www.w3.org/2000/svg"', "", path.read_text(encoding="utf-8"))
            self.assertNotIn("://", text, path.name)
        for lock in (PAGE, pathlib.Path(__file__).parent / "pages"):
            self.assertNotIn("://", (lock / "package-lock.json").read_text(encoding="utf-8"), lock)

    def test_a_chromium_of_2020_understands_it(self):
        newer = {"*.js": r"\.replaceAll\(|\.at\(|structuredClone|Object\.hasOwn|findLast|Array\.fromAsync|\.toSorted|Promise\.any|crypto\.randomUUID",
                 "*.css": r":has\(|:is\(|:where\(|aspect-ratio|\binset\b|(?<!-)\bgap:|@container|@layer|clamp\(.*vw|color-mix"}
        for pattern, words in newer.items():
            for path in PAGE.glob("**/" + pattern):
                if "node_modules" not in path.parts and "dist" not in path.parts:
                    self.assertIsNone(re.search(words, re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.S)), path.name)

    def test_nothing_is_kept_in_the_browser_but_language_and_theme(self):
        for path, text in SCRIPTS.items():
            self.assertIsNone(re.search(r"sessionStorage|indexedDB|document\.cookie|caches\.", text), path.name)
            if path.name != "state.js":
                self.assertNotIn("localStorage", text, path.name)
        kept = {name for text in SCRIPTS.values() for name in re.findall(r"kept\.set\('([^']+)'", text)}
        self.assertEqual(kept, {"jemput-language", "jemput-theme"})

    def test_files_fit_a_screen_or_two(self):
        for path in [*SCRIPTS, *PAGE.glob("css/*.css"), *PAGE.glob("*.mjs"), *PAGE.glob("*.py")]:
            lines = path.read_text(encoding="utf-8").splitlines()
            self.assertLessEqual(len(lines), 250 if path.parent.name == "pages" else 450, path.name)
            self.assertTrue(lines[0].startswith(("// page/", "/* page/", "#!")), path.name)

    def test_nothing_lies_among_the_sources_that_a_build_has_made(self):
        folders = {p.name for p in PAGE.iterdir() if p.is_dir()} - {"node_modules", "dist"}
        self.assertEqual(folders, {"css", "pages", "words"})

    @unittest.skipUnless(NODE and (PAGE / "node_modules/esbuild").is_dir(), "no node, or no esbuild")
    def test_a_build_writes_all_of_it_where_it_was_told_to(self):
        before = {p for p in PAGE.iterdir()}
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run([NODE[0], PAGE.resolve() / "build.mjs", "jemput-page-here"], cwd=folder, capture_output=True, text=True, timeout=60)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            built = pathlib.Path(folder) / "jemput-page-here"
            named = [f[kind] for f in json.loads((built / "manifest.json").read_text())["files"] for kind in ("file", "gz")]
            self.assertEqual([f for f in named if not (built / f).is_file()], [])
            tarball = {**os.environ, "MESON_DIST_ROOT": folder}  # as `meson dist` says where
            subprocess.run([NODE[0], PAGE.resolve() / "build.mjs"], cwd=folder, env=tarball, check=True, capture_output=True, timeout=60)
            carried = pathlib.Path(folder) / "tools" / "console" / "page" / "dist"
            self.assertEqual([f for f in named if (carried / f).read_bytes() != (built / f).read_bytes()], [])
        self.assertEqual({p for p in PAGE.iterdir()}, before)

    @unittest.skipUnless(NODE, "no node")
    def test_what_needs_no_browser(self):
        done = subprocess.run([*NODE, str(PAGE)], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
