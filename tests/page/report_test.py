#!/usr/bin/env python3
"""report_test.py SEQREC: `seqrec report` of two runs and of a study in a headless Chromium, at two widths, light and dark, and
the pictures of docs/. Says SKIPPED where there is no Chromium."""

import pathlib
import subprocess
import sys
import tempfile

import checks
from browser import Browser, find_chromium
from checks import check

MOST_BYTES = 1_000_000
IMAGES = pathlib.Path(__file__).resolve().parents[2] / "docs/images"
# Texts of a drawing that lie on each other, or out of it.
CLASHES = """[...document.querySelectorAll('svg.chart')].flatMap((svg) => {
  const frame = svg.getBoundingClientRect(), found = [];
  const texts = [...svg.querySelectorAll('text')].map((e) => [e.textContent, e.getBoundingClientRect()]);
  for (const [i, [text, a]] of texts.entries()) {
    if (a.left < frame.left - 1 || a.right > frame.right + 1 || a.top < frame.top - 1 || a.bottom > frame.bottom + 1)
      found.push(text + ' is cut');
    for (const [other, b] of texts.slice(i + 1))
      if (a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom) found.push(text + ' on ' + other);
  }
  return found;
})"""
# What is wider than the page, but for what scrolls by itself.
WIDE = """[...document.querySelectorAll('main *')].filter((e) => !e.closest('.wide, svg') &&
  e.getBoundingClientRect().right > document.documentElement.clientWidth + 1).map((e) => e.outerHTML.slice(0, 80))"""
# Words of a table that a narrow column breaks.
BROKEN = """[...document.querySelectorAll('table th, table td')].filter((e) => !e.closest('tr').querySelector('.text') &&
  e.getBoundingClientRect().height > 40).map((e) => e.textContent)"""


def fits(browser, address):
    for width in (380, 1200):
        browser.size(width, 900)
        browser.open(address)
        check(browser.evaluate("document.documentElement.scrollWidth") == width, f"{width}: the page is wider")
        for what in (CLASHES, WIDE, BROKEN):
            found = browser.evaluate(what)
            check(not found, f"{width}: {found}")


def looks(browser, address):
    fits(browser, address)
    check(browser.evaluate("document.querySelectorAll('svg.chart').length") == 4, "four charts")
    labelled = browser.evaluate("[...document.querySelectorAll('svg.chart')].every((svg) => "
                                "[...svg.querySelectorAll('text')].some((e) => e.textContent === 'epoch') && "
                                "svg.querySelector('text[transform]').textContent !== '')")
    check(labelled, "a chart without names of its axes")


def images(browser):
    """The pictures of docs/, each as it is shown."""
    files = sorted(IMAGES.glob("*.svg"))
    check(len(files) > 0, "docs/images holds pictures")
    for file in files:
        browser.open(file.as_uri())
        found = browser.evaluate(CLASHES)
        check(not found, f"{file.name}: {found}")


def on_paper(browser, address):
    browser.call("Emulation.setEmulatedMedia", media="print")
    browser.size(718, 900)
    browser.open(address)
    check(browser.evaluate("document.documentElement.scrollWidth") == 718, "paper cuts a table")
    browser.call("Emulation.setEmulatedMedia", media="")


def schemes(browser):
    colours = set()
    for scheme in ("light", "dark"):
        browser.scheme(scheme)
        colours.add(browser.evaluate("getComputedStyle(document.body).color + getComputedStyle(document.body).backgroundColor"))
    check(len(colours) == 2, f"the same colours in light and dark: {colours}")


def main():
    program, = sys.argv[1:]
    chromium = find_chromium()
    if chromium is None:
        print("SKIPPED the report in a browser: no chromium")
        return
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        subprocess.run([program, "demo", "--users", "200", "--epochs", "12", "--out", folder], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        subprocess.run([program, "train", "--model", "SRGNN", "--dataset", "books", "--data-path", folder / "data", "--epochs",
                        "3", "--out", folder / "srgnn"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        both, again = folder / "both.html", folder / "again.html"
        for out in (both, again):
            subprocess.run([program, "report", folder / "run", folder / "srgnn", "--out", out], check=True,
                           stdout=subprocess.DEVNULL)
        check(both.read_bytes() == again.read_bytes(), "the same runs give other bytes")
        check(both.stat().st_size < MOST_BYTES, f"{both.stat().st_size} bytes")
        (folder / "space.yaml").write_text("learning_rate: {loguniform: [1e-3, 0.1]}\nembedding_size: [8, 16, 32]\n"
                                           "reg_weight: [[0.01, 0.0001], [0, 0]]\nweight_decay: {uniform: [0, 0.1]}\n")
        subprocess.run([program, "tune", folder / "space.yaml", "--model", "SHAN", "--dataset", "books", "--data-path",
                        folder / "data", "--trials", "12", "--epochs", "2", "--halving", "1", "--out", folder / "study"],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        study = folder / "study.html"
        subprocess.run([program, "report", folder / "study", "--out", study], check=True, stdout=subprocess.DEVNULL)
        browser = Browser(chromium)
        try:
            for file in (both, folder / "report.html"):
                looks(browser, file.as_uri())
            fits(browser, study.as_uri())
            on_paper(browser, study.as_uri())
            on_paper(browser, both.as_uri())
            schemes(browser)
            check(browser.evaluate("performance.getEntriesByType('resource').length") == 0, "the page asks for something")
            images(browser)
            check(not browser.problems, f"the console says {browser.problems}")
        finally:
            browser.close()
    print(f"report: {checks.made} checks passed")


main()
