#!/usr/bin/env python3
"""page_test.py SEQREC MAKE_PAGE_MODELS: the page at `/` in a headless Chromium, with the keyboard alone. Says SKIPPED where
there is no Chromium."""

import pathlib
import subprocess
import sys
import tempfile

import checks
from browser import Browser, find_chromium
from checks import check
from serving import Serving

HOSTILE = '<img src=x onerror="window.hacked=1"> & </script><script>window.hacked=1</script>'
ITEMS = "[...document.querySelectorAll('#%s .name bdi:first-child')].map((e) => e.textContent)"
FOCUS = "document.activeElement.id"


def tab_to(browser, element):
    """With the keyboard, and what has the focus can be seen."""
    for _ in range(100):
        browser.press("Tab")
        visible = browser.evaluate("document.activeElement === document.body || "
                                   "getComputedStyle(document.activeElement).outlineStyle !== 'none'")
        check(visible, "the focus can't be seen: " + browser.evaluate("document.activeElement.outerHTML"))
        if browser.evaluate(f"document.activeElement.matches({element!r})"):
            return
    raise AssertionError("Tab never came to " + element)


def items(browser, part):
    return browser.evaluate(ITEMS % part)


def search(browser, text, field="search"):
    browser.type(text)
    browser.wait(f"document.querySelector('#{field}-list').children.length > 0 && "
                 f"document.getElementById('{field}').getAttribute('aria-expanded') === 'true'")


def after_change(browser, part, before):
    browser.wait(f"JSON.stringify({ITEMS % part}) !== JSON.stringify({before!r})")
    return items(browser, part)


def clicks(browser):
    browser.wait("document.querySelectorAll('#model option').length === 3")
    check(items(browser, "next") == [], "there are items before the first click")
    tab_to(browser, "#search")
    search(browser, "starry")
    options = browser.evaluate("[...document.querySelectorAll('#search-list [role=option]')].map((e) => e.textContent)")
    check(len(options) == 12 and all("Starry" in option for option in options), options)
    browser.press("ArrowDown", 2)
    browser.press("ArrowUp")
    chosen = browser.evaluate("document.getElementById(document.activeElement.getAttribute('aria-activedescendant'))"
                              ".textContent")
    check(chosen == options[1], f"{chosen} is chosen, not {options[1]}")
    browser.press("Enter")
    browser.wait("document.querySelectorAll('#next li').length === 10")
    first = items(browser, "next")
    check(len(items(browser, "history")) == 1 and items(browser, "history")[0] in options[1], "another item was clicked")
    check(browser.evaluate(FOCUS + " === 'search' && document.activeElement.value === '' && "
                           "document.getElementById('search-list').hidden"), "the search isn't ready for the next item")
    check(browser.evaluate("document.getElementById('status').textContent") == "10 items after 1 click.", "the status")

    search(browser, "ONERROR")
    browser.press("Enter")
    second = after_change(browser, "next", first)
    check(len(second) == 10, second)
    check(items(browser, "history")[-1] == HOSTILE, items(browser, "history"))
    check(browser.evaluate("document.images.length + document.scripts.length") == 1, "a title became HTML")
    check(browser.evaluate("document.querySelectorAll('#next .change').length") == 10, "no changes are shown")

    browser.type("x")
    browser.wait("!document.getElementById('search-list').hidden")
    browser.press("Escape")
    check(browser.evaluate("document.getElementById('search-list').hidden && document.activeElement.value === 'x'"),
          "Escape doesn't close the list")
    browser.press("Escape")
    check(browser.evaluate("document.activeElement.value === ''"), "Escape doesn't clear the field")

    tab_to(browser, "#next .name")
    browser.press("ArrowDown", 2)
    wanted = browser.evaluate("document.activeElement.querySelector('bdi').textContent")
    check(wanted == items(browser, "next")[2], "the arrows don't walk through the list")
    browser.press("Enter")
    after_change(browser, "next", second)
    check(items(browser, "history")[-1] == wanted, "another item was clicked than chosen")
    check(wanted not in items(browser, "next"), "what was clicked isn't left out")
    check(browser.evaluate("document.activeElement.matches('#next li:nth-child(3) .name')"), "the focus went elsewhere")


def similar_items(browser):
    browser.press("Tab")
    opener = browser.evaluate("document.activeElement.getAttribute('aria-label')")
    check(opener.startswith("Items like "), opener)
    browser.press("Enter")
    browser.wait("!document.getElementById('similar-part').hidden")
    check(browser.evaluate("document.getElementById('similar-title').textContent") == opener, "the title")
    alike = items(browser, "similar")
    check(len(alike) == 10 and opener.removeprefix("Items like ") not in alike, alike)
    check(browser.evaluate(FOCUS) == "similar-title", "the focus isn't at the similar items")
    browser.press("Escape")
    check(browser.evaluate("document.getElementById('similar-part').hidden && "
                           "document.activeElement.getAttribute('aria-label')") == opener, "Escape doesn't lead back")


def removes(browser):
    before = items(browser, "history")
    tab_to(browser, "#history li:first-child button:last-child")
    browser.press("Space")
    check(after_change(browser, "history", before) == before[1:], "another item was removed")
    check(browser.evaluate("document.activeElement.closest('#history') !== null"), "the focus is lost")
    tab_to(browser, "#clear")
    browser.press("Enter")
    check(items(browser, "history") == [] and items(browser, "next") == [], "something is left")
    check(browser.evaluate(FOCUS) == "search", "the focus is lost")


def users(browser):
    tab_to(browser, "#user")
    search(browser, "u1", "user")
    browser.press("Enter")
    browser.wait("document.querySelectorAll('#next li').length === 10")
    check(browser.evaluate("document.getElementById('of-user').textContent") == "User u1", "no user is shown")
    history = items(browser, "history")
    check(len(history) == 4 and history[-1].startswith("Longggg"), history)
    check("Not\ufffd UTF-8" in [title.replace("\udcff", "\ufffd") for title in history], history)


def models(browser):
    before = items(browser, "next")
    tab_to(browser, "#model")
    browser.press("ArrowDown", 2)
    browser.wait("document.getElementById('model').value === 'Pop'")
    after_change(browser, "next", before)
    tab_to(browser, "#next li:first-child button:last-child")
    browser.press("Enter")
    browser.wait("document.getElementById('error').textContent === 'a Pop has no item vectors to compare'")
    check(browser.evaluate("document.getElementById('error').getAttribute('role')") == "alert", "an error without a role")
    check(browser.problems == [] or all("422" in problem for problem in browser.problems), browser.problems)
    browser.problems.clear()
    tab_to(browser, "#model")
    browser.press("Home")
    browser.wait("document.getElementById('model').value === 'SHAN' && document.getElementById('error').hidden")


def sizes(browser):
    tab_to(browser, "#next li:first-child button:last-child")
    browser.press("Enter")
    browser.wait("!document.getElementById('similar-part').hidden")
    for width in (320, 480, 800, 1280):
        browser.size(width, 800)
        wide = browser.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        check(wide[0] <= width and wide[1] == width, f"{wide} pixels on a screen of {width}")
        outside = browser.evaluate("[...document.querySelectorAll('button, input, select, section')].filter((e) => "
                                   "e.getBoundingClientRect().right > innerWidth).length")
        check(outside == 0, f"{outside} elements don't fit on a screen of {width}")


# The contrast of an element's text with what is behind it, as in WCAG 2: 4.5 is asked of small text.
CONTRAST = """(() => {
  const rgb = (color) => color.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255).map((c) => c <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [.2126, .7152, .0722][i], 0);
  const behind = (e) => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor);
    if (c.length === 3 || c[3] > 0) return c; } };
  const bar = getComputedStyle(document.documentElement).getPropertyValue('--bar');
  return [...document.querySelectorAll('h1, h2, p, label, select, button, bdi, .score, .change')].filter((e) =>
    e.textContent && e.offsetWidth > 1).map((e) => { const [a, b] = [light(rgb(getComputedStyle(e).color)), light(behind(e))];
    return [(Math.max(a, b) + .05) / (Math.min(a, b) + .05), e.tagName + ' ' + e.className]; }).sort((a, b) => a[0] - b[0])[0];
})()"""


def colours(browser):
    backgrounds = set()
    for scheme in ("light", "dark"):
        browser.scheme(scheme)
        backgrounds.add(browser.evaluate("getComputedStyle(document.body).backgroundColor"))
        contrast, element = browser.evaluate(CONTRAST)
        check(contrast >= 4.5, f"{element} has a contrast of {contrast} when it is {scheme}")
    check(len(backgrounds) == 2, "dark is as light")


def names(browser):
    """All that can be operated has a name for who doesn't see it."""
    nodes = browser.call("Accessibility.getFullAXTree")["nodes"]
    seen = 0
    for node in nodes:
        if node.get("role", {}).get("value") in ("button", "combobox", "checkbox", "textbox", "listbox", "list", "region"):
            check(node.get("name", {}).get("value"), f"a {node['role']['value']} without a name")
            seen += 1
    check(seen > 20, f"{seen} elements of use")


def main():
    program, make_models = sys.argv[1:]
    chromium = find_chromium()
    if chromium is None:
        print("SKIPPED the page at / in a browser: no chromium")
        return
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([make_models, folder], check=True)
        files = [str(pathlib.Path(folder, model, "model.safetensors")) for model in ("SHAN", "DIEN", "Pop")]
        serving, browser = Serving(program, *files, "--histories", "--no-access-log"), Browser(chromium)
        try:
            browser.size(1280, 900)
            browser.open(serving.url)
            for part in (clicks, similar_items, removes, users, models, sizes, colours, names):
                part(browser)
                check(not browser.problems, f"{part.__name__}: the console says {browser.problems}")
            check(browser.evaluate("window.hacked") is None, "a title's code ran")
            serving.close()
            tab_to(browser, "#next .name")
            browser.press("Enter")
            browser.wait("document.getElementById('error').textContent.startsWith('The server gave no answer')")
        finally:
            browser.close()
            serving.close()
    print(f"page: {checks.made} checks passed")


main()
