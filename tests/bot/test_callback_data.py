"""Callback data: everything comes back, nothing is over 64 bytes, garbage gets a kind answer."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.callback_data import CODES, MAX_NUMBER, MAX_PRESET_BYTES, decode, encode, preset_key
from bot.callbacks import (
    Bigger,
    Callback,
    CancelDialogue,
    CancelJob,
    ChooseSetting,
    DeleteResult,
    DropOwn,
    EnoughOfJob,
    ForgetMe,
    FullSize,
    KeepResult,
    ListOwn,
    NextPhoto,
    OpenSetting,
    OtherStyle,
    Outdated,
    PaintStyle,
    PickStyle,
    SetLanguage,
    ShowAt,
    ShowColors,
    ShowSettings,
    ShowSheet,
    ShowStyles,
    Swap,
    TryAgain,
)
from bot.jobs import new_job_id

# A busy machine is no failure.
UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

NUMBERS = st.integers(0, MAX_NUMBER)
NAMES = st.text(st.characters(), max_size=80) | st.text(st.sampled_from("аяЁ~:-"), min_size=15, max_size=60)
JOB_IDS = st.builds(new_job_id)
_VALUES: dict[str, st.SearchStrategy[object]] = {
    "preset": NAMES,
    "page": NUMBERS,
    "language": st.sampled_from(["en", "ru", "pt-br"]),
    "job_id": JOB_IDS,
    "strength": st.integers(0, 100),
    "keep": st.booleans(),
    "sure": st.booleans(),
    "size": NUMBERS,
    "place": NUMBERS,
    "preset_id": NUMBERS,
    "photo": st.none() | NUMBERS,
    "setting": st.sampled_from(["size", "language"]),
    "action": st.sampled_from(["queue", "pause"]),
    "value": st.sampled_from(["1024", "as-file"]),
}
CALLBACKS: st.SearchStrategy[Callback] = st.one_of(
    st.builds(kind, **{name: _VALUES[name] for name in kind.__slots__}) for kind in CODES
)


@UNHURRIED
@given(CALLBACKS, st.lists(NAMES))
def test_every_press_comes_back_whole(callback: Callback, others: list[str]) -> None:
    names = [*others, callback.preset] if isinstance(callback, PickStyle) else others
    text = encode(callback)
    assert 1 <= len(text.encode()) <= 64
    assert decode(text, names) == callback


@UNHURRIED
@given(st.text() | st.binary().map(lambda raw: raw.decode("latin-1")), st.lists(NAMES))
def test_no_text_breaks_it(text: str, names: list[str]) -> None:
    meant = decode(text, names)
    if not isinstance(meant, Outdated):
        assert decode(encode(meant), names) == meant


@UNHURRIED
@given(st.text(st.sampled_from("1spcftxyerbomdln:~09a-"), max_size=12))
def test_no_near_miss_breaks_it(text: str) -> None:
    meant = decode(text)
    assert isinstance(meant, Outdated) or decode(encode(meant)) == meant


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "1",
        "1z:abc",
        "0s::starry-night",
        "2s::starry-night",
        "s::starry-night",
        "starry-night",
        "1s",
        "1s:7",
        "1s:7:",
        "1s:x:ink",
        "1s:-1:ink",
        "1s:٣:ink",
        "1p::",
        "1p:",
        "1p::two",
        "1p::99999999999999999999",
        "1c",
        "1c:",
        "1c:../../etc",
        "1c:abc:def",
        "1c:abc\n",
        "1t:1",
        "1x:",
        "1l",
        "1l:",
        "1l:<b>",
        "1rs:abc",
        "1rs:abc:",
        "1rs:abc:x",
        "1rc:abc:2",
        "1rc:abc:",
        "1rd:abc",
    ],
)
def test_what_is_not_ours_is_outdated(text: str | None) -> None:
    assert decode(text, ["ink", "starry-night"]) == Outdated()


def test_the_form_on_the_wire_lasts() -> None:
    """Keyboards outlive new releases: what was sent must be understood while the version stands."""
    assert decode("1s::starry-night") == PickStyle("starry-night")
    assert decode("1s:812:great-wave") == PickStyle("great-wave", 812)
    assert decode("1p:812:2") == ShowStyles(2, 812)
    assert decode("1p::0") == ShowStyles(0)
    assert decode("1c:abcdefghijkm") == CancelJob("abcdefghijkm")
    assert decode("1f:abcdefghijkm") == FullSize("abcdefghijkm")
    assert decode("1t") == TryAgain()
    assert decode("1x") == CancelDialogue()
    assert decode("1x:812") == CancelDialogue(812)
    assert decode("1e:abcdefghijkm") == EnoughOfJob("abcdefghijkm")
    assert decode("1l:ru") == SetLanguage("ru")
    assert decode("1rs:abcdefghijkm:75") == ShowAt("abcdefghijkm", 75)
    assert decode("1rc:abcdefghijkm:1") == ShowColors("abcdefghijkm", True)
    assert decode("1ro:abcdefghijkm") == OtherStyle("abcdefghijkm")
    assert decode("1rb:abcdefghijkm:1536") == Bigger("abcdefghijkm", 1536)
    assert decode("1rn:abcdefghijkm") == NextPhoto("abcdefghijkm")
    assert decode("1rw:abcdefghijkm") == Swap("abcdefghijkm")
    assert decode("1rd:abcdefghijkm:0") == DeleteResult("abcdefghijkm", False)
    assert decode("1rk:abcdefghijkm") == KeepResult("abcdefghijkm")
    assert decode("1rp:abcdefghijkm:21") == PaintStyle("abcdefghijkm", 21)
    assert decode("1ra:812") == ShowSheet(812)
    assert decode("1ml:") == ListOwn(None)
    assert decode("1md:3:1") == DropOwn(3, True)
    assert decode("1so:size") == OpenSetting("size")
    assert decode("1sc:colors:of-photo") == ChooseSetting("colors", "of-photo")
    assert decode("1sa") == ShowSettings()
    assert decode("1fm:1") == ForgetMe(True)


def test_a_preset_that_is_gone_may_still_be_named() -> None:
    assert decode("1s::gone", ["ink"]) == PickStyle("gone")


def test_a_long_preset_that_is_gone_is_outdated() -> None:
    text = encode(PickStyle("щ" * 40))
    assert decode(text, ["щ" * 40]) == PickStyle("щ" * 40)
    assert decode(text, ["щ" * 41]) == Outdated()


def test_a_name_that_looks_like_a_hash_is_no_other_preset() -> None:
    long_name = "a" * 100
    sly = preset_key(long_name)
    assert decode(encode(PickStyle(sly)), [long_name, sly]) == PickStyle(sly)
    assert decode(encode(PickStyle(long_name)), [sly, long_name]) == PickStyle(long_name)


@pytest.mark.parametrize("name", ["a" * MAX_PRESET_BYTES, "щ" * (MAX_PRESET_BYTES // 2), "a:b:c", " "])
def test_names_that_fit_are_carried_as_they_are(name: str) -> None:
    assert preset_key(name) == name
    longest = encode(PickStyle(name, MAX_NUMBER))
    assert longest.endswith(name)
    assert len(longest.encode()) <= 64


@pytest.mark.parametrize(
    "callback",
    [
        PickStyle("ink", -1),
        ShowStyles(-1),
        ShowStyles(MAX_NUMBER + 1),
        CancelJob(""),
        FullSize("a:b"),
        CancelJob("a" * 33),
    ],
)
def test_what_cannot_be_carried_is_refused(callback: Callback) -> None:
    with pytest.raises(ValueError, match=r"button|job id"):
        encode(callback)
