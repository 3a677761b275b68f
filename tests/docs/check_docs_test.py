"""check_docs_test.py BUILD: scripts/check_docs runs what pages say, and names what is wrong with them."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

CHECK = Path(__file__).resolve().parent.parent.parent / "scripts/check_docs"
BUILD = sys.argv.pop(1)


class CheckDocs(unittest.TestCase):
    def check(self, pages, *arguments):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in {"README.md": "# Title\n", "docs/README.md": "# Index\n", **pages}.items():
                path = Path(folder, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            subprocess.run(["git", "init", "-q", folder], check=True)
            return subprocess.run([sys.executable, CHECK, "--root", folder, "--build", BUILD, *arguments],
                                  capture_output=True, text=True)

    def passes(self, pages):
        outcome = self.check(pages)
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        return outcome.stdout

    def fails(self, pages, message):
        outcome = self.check(pages)
        self.assertEqual(outcome.returncode, 1)
        self.assertIn(message, outcome.stderr)

    def test_commands_run_in_order_and_after_those_of_the_readme(self):
        said = self.passes({"README.md": "# A\n```sh\nx=1; touch made\n```\n```sh\n[ $x = 1 ]\n```\n",
                            "b.md": "# B\n```console\n$ ls \\\n    made\nmade\n$ seqrec --version\n```\n"})
        self.assertIn("3 blocks of commands run, 0 not run, 0 problems", said)

    def test_a_command_that_fails_is_named_with_its_line(self):
        self.fails({"b.md": "# B\n\n```sh\ntrue\nfalse\n```\n"}, "b.md:5: failed: false")
        self.fails({"b.md": "# B\n```console\n$ seqrec trian\n```\n"}, "unknown command 'trian' (did you mean 'train'?)")

        self.fails({"b.md": "# B\n```sh\nfalse | cat\n```\n"}, "b.md:3: failed: cat")

    def test_what_is_not_run_is_listed_with_its_reason(self):
        said = self.passes({"b.md": "# B\n<!-- not run: needs a GPU -->\n```sh\nfalse\n```\n"})
        self.assertIn("b.md:3: not run: needs a GPU", said)
        self.fails({"b.md": "# B\n<!-- not run -->\n```sh\ntrue\n```\n"}, "b.md:3: expected <!-- not run: REASON -->")

    def test_commands_that_nothing_would_run_are_refused(self):
        self.fails({"b.md": "# B\n\n    seqrec runs\n"}, "b.md:3: a command that nothing runs")
        self.fails({"b.md": "# B\n```\ncmake -B build\n```\n"}, "b.md:2: commands that nothing runs")
        self.fails({"b.md": "# B\n```sh\ntrue\n"}, "b.md:2: ``` without an end")

    def test_links_lead_somewhere(self):
        self.passes({"b.md": "# A: `b`, c\n## Two [words](b.md)\n[x](b.md#a-b-c) [y](#two-words) [z](https://a.b) `[n](no)`\n"})
        self.fails({"b.md": "# B\n[x](c.md)\n"}, "b.md:2: c.md: there is no c.md")
        self.fails({"b.md": "# B\n[x](README.md#titel)\n"}, "b.md:2: README.md#titel: README.md has no 'titel'")
        self.fails({"docs/models/b.md": "# B\n"}, "docs/models/b.md: docs/README.md doesn't lead there")

    def test_pages_that_are_not_there_are_refused(self):
        outcome = self.check({}, "c.md")
        self.assertEqual(outcome.returncode, 2)
        self.assertIn("there is no page c.md", outcome.stderr)


if __name__ == "__main__":
    unittest.main()
