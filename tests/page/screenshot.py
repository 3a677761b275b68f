#!/usr/bin/env python3
"""screenshot.py SEQREC MODEL_FILE OUT.png TEXT...: the page at `/` after the first item that each text finds was clicked and
similar items were asked for; docs/page.png is made with it (docs/serving.md)."""

import pathlib
import sys

from browser import Browser, find_chromium
from serving import Serving

program, model, out, *texts = sys.argv[1:]
serving, browser = Serving(program, model, "--histories", "--no-access-log"), Browser(find_chromium())
try:
    browser.size(1200, 700)
    browser.scheme("light")
    browser.open(serving.url)
    browser.wait("document.querySelectorAll('#model option').length > 0")
    browser.evaluate("document.getElementById('search').focus()")
    for number, text in enumerate(texts, 1):
        browser.type(text)
        browser.wait("document.querySelectorAll('#search-list [role=option]').length > 0 && "
                     "!document.getElementById('search-list').hidden")
        browser.press("Enter")
        browser.wait(f"document.getElementById('status').textContent.includes('after {number} click')")
    browser.evaluate("document.querySelector('#next li:first-child button:last-child').click()")
    browser.wait("!document.getElementById('similar-part').hidden")
    pathlib.Path(out).write_bytes(browser.screenshot())
finally:
    browser.close()
    serving.close()
