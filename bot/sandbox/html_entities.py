"""Telegram's HTML: text with tags -> plain text with entities, and the entities it finds by itself."""

import html
import re
from dataclasses import dataclass, field

from bot.sandbox.errors import ApiError, bad_request
from bot.sandbox.model import Entity, Words

_TYPES = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "code": "code",
    "pre": "pre",
    "a": "text_link",
    "blockquote": "blockquote",
}
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9-]*)\s*([^<>]*)>")
_ATTRIBUTE = re.compile(r"""([a-zA-Z-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_CHARACTER = re.compile(r"&(?:lt|gt|amp|quot|#\d{1,7}|#[xX][0-9a-fA-F]{1,6});")

# What Telegram marks in any text by itself; the order settles who wins an overlap.
_FOUND = (
    ("url", re.compile(r"https?://[^\s<>\"]+[^\s<>\".,!?;:)]")),
    ("mention", re.compile(r"(?<![\w@/])@[A-Za-z][A-Za-z0-9_]{3,31}(?!\w)")),
    ("bot_command", re.compile(r"(?<![\w/])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/])")),
    ("hashtag", re.compile(r"(?<![\w#])#\w*[^\W\d]\w*")),
)
_CLOSED_TO_FINDS = {"code", "pre", "text_link"}


def units(text: str) -> int:
    """The length of a text in UTF-16 units, as Telegram counts it."""
    return len(text.encode("utf-16-le")) // 2


def parse_html(source: str) -> Words:
    """Text and entities of Telegram's HTML. Raises ApiError "can't parse entities: ..." as Telegram does."""
    parser = _Parser(source)
    parser.run()
    return trim(Words(parser.text, tuple(entity for entity in parser.slots if entity is not None)))


def find_entities(words: Words) -> Words:
    """Add what Telegram marks by itself: links, mentions, commands, hashtags."""
    taken = [
        (entity.offset, entity.offset + entity.length)
        for entity in words.entities
        if entity.type in _CLOSED_TO_FINDS
    ]
    found: list[Entity] = []
    for kind, pattern in _FOUND:
        for match in pattern.finditer(words.text):
            start, length = units(words.text[: match.start()]), units(match.group())
            if all(start >= end or start + length <= begin for begin, end in taken):
                taken.append((start, start + length))
                found.append(Entity(kind, start, length))
    both = sorted((*words.entities, *found), key=lambda entity: (entity.offset, -entity.length))
    return Words(words.text, tuple(both))


def trim(words: Words) -> Words:
    """Strip the white space around a text and move its entities along."""
    text = words.text.strip()
    shift = units(words.text[: len(words.text) - len(words.text.lstrip())])
    end = units(text)
    kept = []
    for entity in words.entities:
        start = max(0, entity.offset - shift)
        stop = min(end, entity.offset - shift + entity.length)
        if stop > start:
            kept.append(Entity(entity.type, start, stop - start, entity.url, entity.language))
    return Words(text, tuple(kept))


@dataclass(slots=True)
class _Open:
    tag: str
    offset: int  # UTF-16 units into the text
    attributes: dict[str, str]
    slot: int  # its place among the entities, outer before inner


@dataclass(slots=True)
class _Parser:
    source: str
    text: str = ""
    length: int = 0  # of text, in UTF-16 units
    stack: list[_Open] = field(default_factory=list)
    slots: list[Entity | None] = field(default_factory=list)

    def run(self) -> None:
        position = 0
        while position < len(self.source):
            if self.source[position] == "<":
                position = self._tag(position)
                continue
            end = self.source.find("<", position)
            end = len(self.source) if end < 0 else end
            plain = _CHARACTER.sub(lambda match: html.unescape(match.group()), self.source[position:end])
            self.text += plain
            self.length += units(plain)
            position = end
        if self.stack:
            raise _unparsable(f'Can\'t find end tag corresponding to start tag "{self.stack[-1].tag}"')

    def _tag(self, position: int) -> int:
        match = _TAG.match(self.source, position)
        where = len(self.source[:position].encode())
        if match is None:
            broken = re.match(r"</?([a-zA-Z0-9-]*)", self.source[position:])
            name = broken.group(1) if broken else ""
            if name.lower() in _TYPES:
                raise _unparsable(f"Unclosed start tag at byte offset {where}")
            raise _unparsable(f'Unsupported start tag "{name}" at byte offset {where}')
        closing, tag, rest = match.group(1), match.group(2).lower(), match.group(3)
        if closing:
            self._close(tag, where)
        else:
            self._open(tag, rest, where)
        return match.end()

    def _open(self, tag: str, rest: str, where: int) -> None:
        attributes = {
            match.group(1).lower(): html.unescape(match.group(2) or match.group(3) or match.group(4) or "")
            for match in _ATTRIBUTE.finditer(rest)
        }
        if tag == "span" and attributes.get("class") != "tg-spoiler":
            raise _unparsable(f'Tag "span" must have class "tg-spoiler" at byte offset {where}')
        if tag not in _TYPES:
            raise _unparsable(f'Unsupported start tag "{tag}" at byte offset {where}')
        self.stack.append(_Open(tag, self.length, attributes, len(self.slots)))
        self.slots.append(None)

    def _close(self, tag: str, where: int) -> None:
        if not self.stack:
            raise _unparsable(f"Unexpected end tag at byte offset {where}")
        opened = self.stack.pop()
        if opened.tag != tag:
            raise _unparsable(
                f'Unmatched end tag at byte offset {where}, expected "</{opened.tag}>", found "</{tag}>"'
            )
        length = self.length - opened.offset
        if length > 0:
            self._add(opened, length)

    def _add(self, opened: _Open, length: int) -> None:
        kind, url, language = _TYPES[opened.tag], None, None
        if kind == "text_link":
            url = opened.attributes.get("href", "")
            if not re.match(r"(https?|tg|mailto):", url):
                return  # Telegram silently leaves out links it cannot follow
        code_language = opened.attributes.get("class", "").removeprefix("language-")
        if kind == "code" and self.stack and self.stack[-1].tag == "pre" and code_language:
            self.stack[-1].attributes["language"] = code_language
            return
        if kind == "pre":
            language = opened.attributes.get("language")
        self.slots[opened.slot] = Entity(kind, opened.offset, length, url, language)


def _unparsable(reason: str) -> ApiError:
    return bad_request(f"can't parse entities: {reason}")
