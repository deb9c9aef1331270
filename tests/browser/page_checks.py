"""What must hold on every page of the book, whoever wrote it: each check returns its findings.

`test_pages.py` runs the checks on the built book, `test_page_checks.py` on pages that are broken
on purpose, so that no check can pass by never looking.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

# What a page fetches by itself, as against what a reader may choose to follow.
FETCHED = {
    "script": "src",
    "img": "src",
    "iframe": "src",
    "source": "src",
    "video": "src",
    "audio": "src",
    "embed": "src",
    "object": "data",
    "link": "href",
}
NOT_FETCHED_LINKS = {"alternate", "author", "canonical", "license", "next", "prev", "search"}
WORST = ("serious", "critical")
# The rules of axe that a change of colours alone can break.
COLOUR_RULES = ("color-contrast", "link-in-text-block")


# ------------------------------------------------------------------------------- on the file


@dataclass
class Source(HTMLParser):
    """The parts of a page's file that can be checked without a browser."""

    text: str
    ids: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    fetched: list[str] = field(default_factory=list)
    widgets: list[str] = field(default_factory=list)
    images_without_alt: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Read the page."""
        HTMLParser.__init__(self, convert_charrefs=True)
        self.feed(self.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take in one element."""
        values = {name: value or "" for name, value in attrs}
        self.ids.update(value for name, value in values.items() if name in {"id", "name"} and value)
        if tag in {"a", "area"} and "href" in values:
            self.links.append(values["href"])
        address = values.get(FETCHED.get(tag, ""))
        if address:
            choice = tag == "link" and values.get("rel", "").split()[:1]
            followed = choice and choice[0] in NOT_FETCHED_LINKS
            (self.links if followed else self.fetched).append(address)
        if "lstm-widget" in values.get("class", "").split() and "data-widget" in values:
            self.widgets.append(values["data-widget"])

    handle_startendtag = handle_starttag


def read_source(file: Path) -> Source:
    """Read a page's file."""
    return Source(file.read_text(encoding="utf-8"))


def is_outside(address: str) -> bool:
    """Whether an address is another host's."""
    return bool(urlsplit(address).netloc) or urlsplit(address).scheme in {"http", "https", "ws"}


def outside_references(file: Path) -> list[str]:
    """Return what the page would fetch from another host, even where the network is cut."""
    return [f"fetches {address}" for address in read_source(file).fetched if is_outside(address)]


def outside_styles(file: Path) -> list[str]:
    """Return what a style sheet would fetch from another host."""
    text = re.sub(r"/\*.*?\*/", "", file.read_text(encoding="utf-8"), flags=re.DOTALL)
    addresses = re.findall(r"""(?:url\(|@import)\s*["']?\s*((?:https?:)?//[^"')\s;]+)""", text)
    return [f"{file.name} fetches {address}" for address in addresses]


def broken_links(file: Path, known: dict[Path, Source]) -> list[str]:
    """Return links and addresses of the page that lead nowhere inside the book.

    ``known`` keeps the pages that have been read already.
    """
    found = []

    def source(of: Path) -> Source:
        if of not in known:
            known[of] = read_source(of)
        return known[of]

    page = source(file)
    for address in dict.fromkeys([*page.links, *page.fetched]):
        parts = urlsplit(address)
        if is_outside(address) or parts.scheme not in {"", "file"}:
            continue
        target = (file.parent / unquote(parts.path)).resolve() if parts.path else file
        if target.is_dir():
            target /= "index.html"
        if not target.is_file():
            found.append(f"leads to no file: {address}")
            continue
        place = unquote(parts.fragment) if target.suffix == ".html" else ""
        if place and place not in source(target).ids:
            found.append(f"leads to no place in its page: {address}")
    return found


def promised_widgets(source: Path) -> list[str]:
    """Return the widgets that a page's source promises, in their order."""
    text = source.read_text(encoding="utf-8")
    if source.suffix == ".md":
        return re.findall(r"^\s*(?:`{3,}|:{3,})\s*\{lstm-widget\}\s*(\w+)", text, re.MULTILINE)
    return [name for part in stored_html(json.loads(text)) for name in Source(part).widgets]


def stored_html(notebook: dict[str, Any]) -> Iterator[str]:
    """Yield what a notebook's cells show as HTML."""
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            yield "".join(output.get("data", {}).get("text/html", []))


# ---------------------------------------------------------------------------- in the browser


def unready_widgets(page: Page) -> list[str]:
    """Return widgets that do not answer."""
    return strings(
        page,
        """() => [...document.querySelectorAll(".lstm-widget[data-widget]")]
            .filter((widget) => widget.dataset.ready !== "true")
            .map((widget) => `${widget.dataset.widget} is not ready`)""",
    )


def unfold(page: Page) -> None:
    """Open everything that a reader can fold out, as far as it is part of the content."""
    page.evaluate(
        """() => document.querySelectorAll("main details")
            .forEach((details) => { details.open = true; })"""
    )


def unusable_inputs(page: Page) -> list[str]:
    """Return widget inputs without a visible label, a name or a native element."""
    return strings(
        page,
        r"""() => {
            const shown = (element) => {
                const box = element.getBoundingClientRect();
                return box.width > 2 && box.height > 2 && element.textContent.trim() !== "" &&
                    getComputedStyle(element).visibility === "visible";
            };
            const labels = (input) => [...(input?.labels ?? [])].filter(shown);
            const found = [];
            for (const widget of document.querySelectorAll(".lstm-widget[data-widget]")) {
                const name = widget.dataset.widget;
                for (const input of widget.querySelectorAll("input, select, textarea")) {
                    const place = `${name}: ${input.outerHTML.slice(0, 100)}`;
                    const key = input.dataset.input ?? "";
                    if (!key) found.push(`${place} has no data-input`);
                    if (labels(input).length) continue;
                    // A second field of one quantity is named in full after the visible label.
                    const main = key.replace("_number", "");
                    const first = widget.querySelector(`[data-input="${main}"]`);
                    const words = (text) => text.replace(/\s+/g, " ").trim();
                    const spoken = words(input.getAttribute("aria-label") ?? "");
                    if (!labels(first).some((label) => spoken.includes(words(label.innerText)))) {
                        found.push(`${place} has no visible label`);
                    }
                }
                for (const button of widget.querySelectorAll("button")) {
                    if (!shown(button)) {
                        found.push(`${name}: ${button.outerHTML.slice(0, 100)} has no text`);
                    }
                }
                for (const fake of widget.querySelectorAll(
                    "[role=button]:not(button), [role=slider]:not(input), [contenteditable]"
                )) {
                    found.push(`${name}: ${fake.outerHTML.slice(0, 100)} is no native input`);
                }
            }
            return found;
        }""",
    )


def wrong_outputs(page: Page) -> list[str]:
    """Return computed quantities of widgets whose data-value is not a number."""
    return strings(
        page,
        r"""() => {
            const found = [];
            for (const widget of document.querySelectorAll(".lstm-widget[data-widget]")) {
                for (const element of widget.querySelectorAll("[data-quantity], output")) {
                    const { quantity, value } = element.dataset;
                    const place = `${widget.dataset.widget}: ${element.outerHTML.slice(0, 100)}`;
                    if (!quantity) found.push(`${place} has no data-quantity`);
                    if (element.localName !== "output") found.push(`${place} is no <output>`);
                    const number = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i;
                    if (!number.test(value ?? "")) found.push(`${place} has no number`);
                }
            }
            return found;
        }""",
    )


def nameless_images(page: Page) -> list[str]:
    """Return pictures that a screen reader cannot name and that are not marked as decoration."""
    return strings(
        page,
        """() => {
            const named = (element) =>
                (element.getAttribute("alt") ?? "").trim() !== "" ||
                (element.getAttribute("aria-label") ?? "").trim() !== "" ||
                (element.getAttribute("aria-labelledby") ?? "").split(/\\s+/).some(
                    (id) => id && document.getElementById(id)?.textContent.trim()) ||
                [...element.children].some(
                    (child) => child.localName === "title" && child.textContent.trim());
            const decoration = (element) =>
                element.closest("[aria-hidden=true]") ||
                ["presentation", "none"].includes(element.getAttribute("role"));
            return [...document.querySelectorAll("img, [role=img]")]
                .filter((element) => !named(element) && !decoration(element))
                .map((element) => `no name: ${element.outerHTML.slice(0, 160)}`);
        }""",
    )


def wrong_headings(page: Page) -> list[str]:
    """Return what is wrong with the order of the headings in the page's content."""
    levels = page.evaluate(
        """() => [...document.querySelectorAll("main :is(h1, h2, h3, h4, h5, h6)")]
            .filter((heading) => heading.getClientRects().length)
            .map((heading) => [Number(heading.localName[1]), heading.textContent.trim()])"""
    )
    titles = [text for level, text in levels if level == 1]
    found = [] if len(titles) == 1 else [f"has {len(titles)} first-level headings: {titles}"]
    before = 0
    for level, text in levels:
        if not text:
            found.append(f"an empty heading of level {level}")
        if level > before + 1:
            found.append(f"'{text}' is of level {level} after level {before}")
        before = level
    return found


def overflowing(page: Page) -> list[str]:
    """Return what makes the page wider than the window, or sticks out of it."""
    return strings(
        page,
        """() => {
            const width = document.documentElement.clientWidth;
            const found = [];
            const all = document.scrollingElement.scrollWidth;
            if (all > width) found.push(`the page is ${all} px wide in a window of ${width} px`);
            const scrolls = (element) => {
                for (let up = element.parentElement; up && up !== document.body;
                     up = up.parentElement) {
                    const style = getComputedStyle(up);
                    const box = up.getBoundingClientRect();
                    const inside = box.left >= -1 && box.right <= width + 1;
                    if (inside && ["auto", "scroll"].includes(style.overflowX)) return true;
                    if (style.clipPath !== "none" || box.width <= 1) return true;
                }
                return false;
            };
            for (const element of document.body.querySelectorAll("*")) {
                if (element.ownerSVGElement || element.closest("[inert], mjx-assistive-mml")) {
                    continue;
                }
                const box = element.getBoundingClientRect();
                if (box.width <= 1 || box.height <= 1) continue;
                if (box.right <= width + 1 && box.left >= -1) continue;
                if (!element.checkVisibility({ visibilityProperty: true })) continue;
                if (scrolls(element)) continue;
                found.push(
                    `${element.outerHTML.slice(0, 120)} reaches from ${Math.round(box.left)} ` +
                    `to ${Math.round(box.right)} in a window of ${width} px`);
            }
            return found.slice(0, 10);
        }""",
    )


def thin_out(page: Page) -> None:
    """Take away what is on the page a thousand times, or is not the book's own.

    Of coloured words of code, one of each kind stays; of formulas that do not scroll, nothing of
    their inside, which is MathJax's. This halves the time that axe takes.
    """
    page.evaluate(
        """() => {
            const seen = new Set();
            for (const word of document.querySelectorAll(".highlight pre span[class]")) {
                if (seen.has(word.className)) word.replaceWith(...word.childNodes);
                else seen.add(word.className);
            }
            for (const formula of document.querySelectorAll("mjx-container")) {
                if (formula.scrollWidth > formula.clientWidth) continue;
                formula.querySelectorAll("svg > *, mjx-assistive-mml > *")
                    .forEach((element) => element.remove());
            }
            document.body.normalize();
        }"""
    )


# Elements with words, one of each kind: of those that look alike, on grounds that look alike, a
# rule about colours finds the same. In widgets, where things lie over each other, all of them.
ONE_OF_EACH_LOOK = """() => {
  const grounds = new Map([[null, ""]]);
  const ground = (element) => {
    if (!grounds.has(element)) {
      const style = getComputedStyle(element);
      const own = ["backgroundColor", "backgroundImage", "opacity", "filter", "position"]
        .map((name) => style[name]).join();
      const plain = /^rgba\\(0, 0, 0, 0\\),none,1,none,(static|relative)$/.test(own);
      grounds.set(element, ground(element.parentElement) + (plain ? "" : own + ";"));
    }
    return grounds.get(element);
  };
  const look = (element) => {
    const style = getComputedStyle(element);
    return ["color", "fontSize", "fontWeight", "textShadow", "textDecoration", "visibility"]
      .map((name) => style[name]).join();
  };
  const seen = new Set();
  return [...document.body.querySelectorAll("*")].filter((element) => {
    if (![...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim())) return;
    if (element.closest(".lstm-widget")) return true;
    const kind = [element.localName, element.className, look(element), ground(element),
      look(element.parentElement)].join("|");
    return !seen.has(kind) && seen.add(kind);
  });
}"""


def inaccessible(page: Page, *, only: Sequence[str] = (), without: Sequence[str] = ()) -> list[str]:
    """Return the serious and critical violations that axe finds, with the elements.

    ``only`` and ``without`` name rules to apply or to leave out. This check comes last on a page,
    which it thins out.
    """
    thin_out(page)
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    colours = [rule for rule in only or COLOUR_RULES if rule in COLOUR_RULES]
    violations = page.evaluate(
        """async ([only, colours, without, kinds]) => {
            const run = async (context, options) => (await axe.run(context, {
                resultTypes: ["violations"], selectors: false, ...options,
            })).violations;
            const off = (rules) =>
                Object.fromEntries(rules.map((rule) => [rule, { enabled: false }]));
            const found = only.length && !only.some((rule) => !colours.includes(rule))
                ? [] : await run(document, { ...(only.length && { runOnly: only }),
                                             rules: off([...without, ...colours]) });
            const left = colours.filter((rule) => !without.includes(rule));
            const looks = left.length ? (0, eval)(kinds)() : [];
            if (looks.length) found.push(...await run({ include: looks }, { runOnly: left }));
            return found;
        }""",
        [list(only), colours, list(without), ONE_OF_EACH_LOOK],
    )
    return [
        f"{violation['id']} ({violation['impact']}): {violation['help']}: "
        + " | ".join(node["html"][:160] for node in violation["nodes"][:4])
        for violation in violations
        if violation["impact"] in WORST
    ]


def widget_faults(page: Page) -> list[str]:
    """All that is wrong with the widgets of a page."""
    checks = (unready_widgets, unusable_inputs, wrong_outputs, overflowing, inaccessible)
    return [fault for check in checks for fault in check(page)]


def unseen_in_forced_colours(page: Page, *parts: str) -> list[str]:
    """Bars, by their selectors, that vanish where the reader's system chooses the colours."""
    page.emulate_media(forced_colors="active")
    return [part for part in parts if not page.locator(part).first.evaluate(_STANDS_OUT)]


_STANDS_OUT = """bar => {
  const [own, behind] = [bar, bar.closest(".lstm-widget")].map((node) => getComputedStyle(node));
  return own.backgroundColor !== behind.backgroundColor;
}"""


def strings(page: Page, script: str) -> list[str]:
    """Run a script that returns findings."""
    return [str(item) for item in page.evaluate(script)]
