"""Telegram's HTML: what it becomes, and what is refused."""

import pytest

from bot.sandbox.errors import ApiError
from bot.sandbox.html_entities import find_entities, parse_html, trim, units
from bot.sandbox.model import Entity, Words


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        ("plain", "plain", []),
        ("<b>bold</b> and <i>italic</i>", "bold and italic", [("bold", 0, 4), ("italic", 9, 6)]),
        ("<strong><em>x</em></strong>", "x", [("bold", 0, 1), ("italic", 0, 1)]),
        ("🎨 <code>a&lt;b</code>", "🎨 a<b", [("code", 3, 3)]),
        ("&amp;lt; &#9786; &quot;&nbsp;", '&lt; ☺ "&nbsp;', []),
        ("<b></b>x", "x", []),
        ("  <b> x </b>\n", "x", [("bold", 0, 1)]),
        ("<u>a</u><s>b</s>", "ab", [("underline", 0, 1), ("strikethrough", 1, 1)]),
        (
            '<span class="tg-spoiler">a</span><tg-spoiler>b</tg-spoiler>',
            "ab",
            [("spoiler", 0, 1), ("spoiler", 1, 1)],
        ),
        ("<B>loud</B>", "loud", [("bold", 0, 4)]),
        ("<blockquote expandable>q</blockquote>", "q", [("blockquote", 0, 1)]),
        ("<a>no address</a>", "no address", []),
        ("<a href='javascript:x'>no</a>", "no", []),
    ],
)
def test_what_html_becomes(source: str, text: str, entities: list[tuple[str, int, int]]) -> None:
    words = parse_html(source)
    assert words.text == text
    assert [(entity.type, entity.offset, entity.length) for entity in words.entities] == entities


def test_links_and_languages() -> None:
    link = parse_html('<a href="https://example.com/?a=1&amp;b=2">here</a>').entities
    assert link == (Entity("text_link", 0, 4, url="https://example.com/?a=1&b=2"),)
    code = parse_html('<pre><code class="language-python">x = 1</code></pre>').entities
    assert code == (Entity("pre", 0, 5, language="python"),)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("<b>open", 'Can\'t find end tag corresponding to start tag "b"'),
        ("<blink>x</blink>", 'Unsupported start tag "blink" at byte offset 0'),
        ("ы < b", 'Unsupported start tag "" at byte offset 3'),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        (
            "<b><i>x</b></i>",
            'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"',
        ),
        ("<b", "Unclosed start tag at byte offset 0"),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
    ],
)
def test_what_is_refused(source: str, reason: str) -> None:
    with pytest.raises(ApiError) as refusal:
        parse_html(source)
    assert refusal.value.description == f"Bad Request: can't parse entities: {reason}"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("/start now", [("bot_command", "/start")]),
        (
            "see /style@sandbox_bot, and/or 1/2 http://x/y",
            [("bot_command", "/style@sandbox_bot"), ("url", "http://x/y")],
        ),
        ("@anna_b or mail@home.org", [("mention", "@anna_b")]),
        ("look: https://example.com/a?b=c.", [("url", "https://example.com/a?b=c")]),
        ("#art #1 a#b", [("hashtag", "#art")]),
        ("🎨🎨 /go", [("bot_command", "/go")]),
    ],
)
def test_what_is_found_in_any_text(text: str, found: list[tuple[str, str]]) -> None:
    encoded = text.encode("utf-16-le")
    seen = [
        (entity.type, encoded[2 * entity.offset : 2 * (entity.offset + entity.length)].decode("utf-16-le"))
        for entity in find_entities(Words(text)).entities
    ]
    assert seen == found


def test_nothing_is_found_in_code_or_links() -> None:
    words = find_entities(parse_html('<code>/start</code> <a href="https://x.y">/stop</a>'))
    assert [entity.type for entity in words.entities] == ["code", "text_link"]


def test_units_and_trimming() -> None:
    assert units("a🎨ы") == 4
    trimmed = trim(Words("  🎨 bold ", (Entity("bold", 5, 5), Entity("italic", 0, 2))))
    assert trimmed == Words("🎨 bold", (Entity("bold", 3, 4),))
