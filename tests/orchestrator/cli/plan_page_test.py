#!/usr/bin/env python3
"""The page of a plan is well-formed, loads nothing, and shows hostile names as text.

usage: plan_page_test.py PLAN_PAGE_SAMPLE
"""

import html.parser
import json
import subprocess
import sys

VOID = {"meta", "path"}
HOSTILE = "</script><script>alert(1)</script><img src=x onerror='x'>\"&\u240a\ufffd\ufffd.mp4"
problems = []


def check(holds, what):
    if not holds:
        problems.append(what)


class Page(html.parser.HTMLParser):
    """Elements must be closed in order; remembers ids, texts and what scripts hold."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.ids, self.texts, self.scripts, self.paths = [], [], [], [], 0
        self.names = set()
        self.feed(text)
        self.close()
        check(not self.open, f"left open: {self.open}")
        check(len(self.ids) == len(set(self.ids)), f"an id occurs twice: {self.ids}")

    def handle_starttag(self, tag, attrs):
        self.names.add(tag)
        for name, value in attrs:
            check(name not in ("src", "href", "srcset", "xlink:href") and not name.startswith("on"),
                  f"<{tag} {name}> loads or runs something")
            if name == "id":
                self.ids.append(value)
            if name in ("title", "aria-label"):
                self.texts.append(value)
        if tag == "path":
            self.paths += 1
        if tag not in VOID:
            self.open.append(tag)
        if tag == "script":
            self.scripts.append("")

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        check(tag in VOID, f"<{tag}/>")

    def handle_endtag(self, tag):
        check(self.open and self.open[-1] == tag, f"</{tag}> closes {self.open[-1:]}")
        if self.open:
            self.open.pop()

    def handle_data(self, data):
        if self.open and self.open[-1] == "script":
            self.scripts[-1] += data
        else:
            self.texts.append(data)


def page(sample, what):
    raw = subprocess.run([sample, what], check=True, stdout=subprocess.PIPE).stdout
    check(len(raw) < 5_000_000, f"the page {what} has {len(raw)} bytes")
    text = raw.decode("utf-8")
    check("http:" not in text and "https:" not in text and "url(" not in text,
          f"the page {what} refers to something else")
    result = Page(text)
    check(len(result.scripts) == 2, f"{len(result.scripts)} scripts")
    check("img" not in result.names, "a name became an element")
    return result, json.loads(result.scripts[0])


def main():
    sample = sys.argv[1]
    shown, data = page(sample, "page")
    check(any(HOSTILE in text for text in shown.texts), "the hostile name is not shown")
    check(HOSTILE in [file["path"] for file in data["files"]], "the script has another name")
    check(len(data["files"]) == 40, f"{len(data['files'])} files in the script")
    check(any("a larger --cache-size would help" in text for text in shown.texts), "no advice")
    check(any(text == "a clip shows <nothing> past its end" for text in shown.texts), "no warning")
    crowded, data = page(sample, "crowded")
    check(any("are drawn as" in text for text in crowded.texts), "merging is not mentioned")
    check(sum(line[7] for file in data["files"] for line in file["lines"]) >= 80_000,
          "stretches are lost")
    for problem in problems:
        print("plan_page_test:", problem)
    return 1 if problems else 0


sys.exit(main())
