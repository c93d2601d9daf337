"""Presets: what is shipped is complete, and a name is found however it is written."""

import copy
import logging
import os
import pickle
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from styler.errors import PresetError
from styler.looks import LOOKS
from styler.preset_names import match
from styler.presets import BUILT_IN_FOLDER, Preset, find_preset, load_presets, slugify

BUILT_IN = load_presets()
LANGUAGES = ("en", "ru")  # in which all that is shipped has its names
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@pytest.fixture(params=list(BUILT_IN.values()), ids=str)
def preset(request: pytest.FixtureRequest) -> Preset:
    return request.param


# What is shipped


def test_there_are_at_least_sixteen_and_the_lasting_ones_are_among_them():
    assert len(BUILT_IN) >= 16
    lasting = "starry-night great-wave bouquet moonlight ducks ink charcoal pastel impressionist venice"
    assert set(lasting.split()) | set(LOOKS) <= set(BUILT_IN)


def test_a_name_is_a_slug_and_the_key(preset: Preset):
    assert SLUG.fullmatch(preset.name)
    assert len(preset.name) <= 40
    assert BUILT_IN[preset.name] is preset


def test_it_has_a_title_in_each_language(preset: Preset):
    assert set(preset.titles) == set(LANGUAGES)
    assert all(preset.titles.values())
    assert re.search("[а-яё]", preset.title("ru"))
    assert preset.title("en").isascii()


def test_a_painting_has_an_artist_in_each_language_and_a_year(preset: Preset):
    if preset.name in LOOKS:
        assert not preset.artists
    else:
        assert set(preset.artists) == set(LANGUAGES)
        assert preset.year


def test_its_strength_is_in_range(preset: Preset):
    assert 0 < preset.strength < 100


def test_its_picture_is_fit_to_be_a_style(preset: Preset):
    with Image.open(preset.path) as picture:
        picture.load()
        assert picture.format == "JPEG"
        assert picture.mode == "RGB"
        assert min(picture.size) >= 500
        assert max(picture.size) <= 1024
        assert not picture.getexif()
        assert "icc_profile" not in picture.info
        assert "comment" not in picture.info


def test_titles_differ_within_a_language():
    for language in LANGUAGES:
        titles = [preset.title(language).casefold() for preset in BUILT_IN.values()]
        assert len(set(titles)) == len(titles)


def test_every_file_is_a_preset_and_all_are_small():
    pictures = {file for file in BUILT_IN_FOLDER.iterdir() if file.suffix not in {".toml", ".md"}}
    assert pictures == {preset.path for preset in BUILT_IN.values()}
    assert sum(file.stat().st_size for file in pictures) < 6_000_000


def test_the_attribution_names_every_picture_once():
    text = (BUILT_IN_FOLDER / "ATTRIBUTION.md").read_text(encoding="utf-8")
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines()]
    entries = {row[0]: row[1:] for row in rows if row[0].endswith(".jpg")}
    assert sorted(row[0] for row in rows if row[0].endswith(".jpg")) == sorted(entries)
    assert set(entries) == {preset.path.name for preset in BUILT_IN.values()}
    for preset in BUILT_IN.values():
        entry = entries[preset.path.name]
        if preset.name in LOOKS:
            assert LOOKS[preset.name].__module__.replace(".", "/") in entry[0]
        else:
            title, artist, _, source, licence = entry
            assert title and source
            assert preset.artist("en").split()[-1] in artist
            assert "public domain" in licence or "CC0" in licence


# Titles


def test_a_title_is_given_in_the_language_or_in_english():
    wave = BUILT_IN["great-wave"]
    assert wave.title("ru-RU") == wave.title("ru") == "Большая волна"
    assert wave.title("de") == wave.title() == "Great Wave"
    assert wave.artist("ru") == "Кацусика Хокусай"
    assert BUILT_IN["mosaic"].artist("ru") == ""


# Finding


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("starry-night", "starry-night"),
        ("  Starry  NIGHT ", "starry-night"),
        ("starry_night", "starry-night"),
        ("The Starry Night", "starry-night"),
        ("starrynight", "starry-night"),
        ("Звездная ночь", "starry-night"),
        ("ЗВЁЗДНАЯ", "starry-night"),
        ("van gogh", "starry-night"),
        ("волна", "great-wave"),
        ("hokusai", "great-wave"),
        ("Vigée", "charcoal"),
        ("тёрнер", "venice"),
        ("mosa", "mosaic"),
        ("витраж", "stained-glass"),
        ("watercolor", "aquarelle"),
        ("Акварель", "aquarelle"),
        ("Picasso", "cubism"),
        ("colored pencil", "coloured-pencil"),
        ("карандаш", "pencil"),
        ("/anime", "anime"),
    ],
)
def test_a_name_is_found_however_it_is_written(written: str, name: str):
    assert find_preset(written).name == name


def test_every_name_title_and_alias_finds_its_preset(preset: Preset):
    for word in (preset.name, *preset.titles.values(), *preset.aliases):
        assert find_preset(word) is preset
        assert find_preset(word.upper().replace("-", " ")) is preset


@pytest.mark.parametrize(
    ("written", "near"),
    [
        ("stary nigt", "starry-night"),
        ("in", "ink"),
        ("мазаика", "mosaic"),
        ("woodcat", "woodcut"),
        ("пастил", "pastel"),
    ],
)
def test_a_near_miss_is_suggested(written: str, near: str):
    with pytest.raises(PresetError, match=near) as caught:
        find_preset(written)
    assert near in caught.value.suggestions


@pytest.mark.parametrize(
    ("written", "name"),
    [("hok", "great-wave"), ("quar", "aquarelle"), ("свет", "moonlight"), ("night", "starry-night")],
)
def test_a_part_of_a_name_finds_it(written: str, name: str):
    assert find_preset(written).name == name


@pytest.mark.parametrize(
    "written", ["me", "the", "ab", "2", "at", "eel", "igh", "he", "вар", "in", "ci", "а"]
)
def test_a_few_letters_of_a_name_pick_none(written: str):
    with pytest.raises(PresetError):
        find_preset(written)


def test_two_signs_say_as_much_as_a_word():
    names = {"wave": ["神奈川沖浪裏"], "hangul": ["달빛"]}
    assert match("沖浪", names) == "wave"
    for too_little in ("浪", "빛"):
        with pytest.raises(PresetError):
            match(too_little, names)


def test_a_beginning_of_several_names_them():
    with pytest.raises(PresetError, match="several") as caught:
        find_preset("c")
    assert "cubism" in caught.value.suggestions


@pytest.mark.parametrize("written", ["", "  ", "!?"])
def test_no_name_at_all(written: str):
    with pytest.raises(PresetError):
        find_preset(written)


def test_something_quite_else_has_no_suggestions():
    with pytest.raises(PresetError) as caught:
        find_preset("xqzwv xqzwv xqzwv")
    assert caught.value.suggestions == ()


@given(st.text())
def test_any_text_finds_a_preset_or_is_refused_with_known_suggestions(text: str):
    try:
        assert find_preset(text).name in BUILT_IN
    except PresetError as error:
        assert set(error.suggestions) <= set(BUILT_IN)


# Slugs


@given(st.text(min_size=1))
def test_any_file_name_makes_a_slug_that_stays_itself(stem: str):
    slug = slugify(stem)
    assert SLUG.fullmatch(slug)
    assert len(slug) <= 40
    assert slugify(slug) == slug


@pytest.mark.parametrize(
    ("stem", "slug"),
    [
        ("My Cat (1)", "my-cat-1"),
        ("Ночь на Волге", "noch-na-volge"),
        ("Объезд_ёлки", "obezd-elki"),
        ("Café—crème", "cafe-creme"),
        ("Don't", "dont"),
        ("cat \ud83d", "cat"),
        ("\udcca\udcee", "style-9127bd03"),  # a name of bytes that are no UTF-8
    ],
)
def test_slugs(stem: str, slug: str):
    assert slugify(stem) == slug


# An operator's folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("my_cat.png", "Ночь.jpg", "mosaic.webp"):
        Image.new("RGB", (40, 30), "teal").save(tmp_path / name)
    return tmp_path


def test_every_picture_in_a_folder_is_a_preset(folder: Path):
    (folder / "notes.txt").write_text("not a picture")
    presets = load_presets(folder)
    assert presets["my-cat"].path == folder / "my_cat.png"
    assert presets["my-cat"].title("ru") == "My cat"
    assert presets["my-cat"].strength == 50
    assert presets["noch"].title("en") == "Ночь"
    assert find_preset("ночь", presets).name == "noch"
    assert len(presets) == len(BUILT_IN) + 2


def test_the_operators_picture_wins_and_the_built_in_ones_are_unharmed(folder: Path):
    assert load_presets(folder)["mosaic"].path == folder / "mosaic.webp"
    assert list(load_presets(folder))[: len(BUILT_IN)] == list(BUILT_IN)
    assert load_presets()["mosaic"].path.parent == BUILT_IN_FOLDER


def test_a_toml_file_there_says_more(folder: Path):
    (folder / "presets.toml").write_text(
        '[my-cat]\ntitle = { en = "Tom", ru = "Том" }\nstrength = 70\naliases = ["puss"]\n'
        '["Ночь"]\ntitle = "Night"\n',
        encoding="utf-8",
    )
    presets = load_presets(folder)
    assert presets["my-cat"].titles == {"en": "Tom", "ru": "Том"}
    assert presets["my-cat"].strength == 70
    assert find_preset("puss", presets).name == "my-cat"
    assert presets["noch"].title("ru") == "Night"


def test_one_alias_needs_no_list(folder: Path):
    (folder / "presets.toml").write_text('[my-cat]\naliases = "puss"\n')
    assert load_presets(folder)["my-cat"].aliases == ("puss",)


@pytest.mark.parametrize(
    "table",
    ["strength = 300", "title = 5", 'strength = "much"', "title = { en = 3 }", "aliases = { en = 'puss' }"],
)
def test_a_wrong_entry_is_warned_of_and_not_used(folder: Path, table: str, caplog: pytest.LogCaptureFixture):
    (folder / "presets.toml").write_text(f"[my-cat]\n{table}")
    cat = load_presets(folder)["my-cat"]
    assert (cat.title("en"), cat.strength) == ("My cat", 50)
    assert "my-cat" in caplog.text


def test_a_broken_toml_file_is_warned_of_and_the_pictures_are_still_there(
    folder: Path, caplog: pytest.LogCaptureFixture
):
    (folder / "presets.toml").write_text("[my-cat")
    assert "my-cat" in load_presets(folder)
    assert "presets.toml" in caplog.text


def test_a_broken_picture_is_skipped_with_a_warning(folder: Path, caplog: pytest.LogCaptureFixture):
    (folder / "torn.jpg").write_bytes(b"\xff\xd8\xff\xe0 no more")
    with caplog.at_level(logging.WARNING):
        assert "torn" not in load_presets(folder)
    assert "torn.jpg" in caplog.text


@pytest.mark.skipif(sys.platform != "linux", reason="other disks take only names in UTF-8")
def test_a_name_that_is_not_utf8_is_skipped_with_a_warning(folder: Path, caplog: pytest.LogCaptureFixture):
    (folder / "my_cat.png").rename(folder / os.fsdecode("Кошка.png".encode("cp1251")))
    presets = load_presets(folder)
    assert set(presets) - set(BUILT_IN) == {"noch"}
    caplog.text.encode()  # as a log file would be written
    assert "is skipped: its name is not in UTF-8" in caplog.text


def test_of_two_files_of_one_name_the_first_is_taken(folder: Path, caplog: pytest.LogCaptureFixture):
    Image.new("RGB", (40, 30)).save(folder / "my cat.png")
    assert load_presets(folder)["my-cat"].path == folder / "my cat.png"
    assert "my_cat.png" in caplog.text


def test_a_folder_may_be_a_text(folder: Path):
    assert load_presets(str(folder)) == load_presets(folder)


@pytest.mark.parametrize("preset", [find_preset("ink"), find_preset("ducks")], ids=lambda preset: preset.name)
def test_a_preset_can_be_copied_pickled_and_in_a_set(preset: Preset):
    for copied in (copy.deepcopy(preset), pickle.loads(pickle.dumps(preset))):
        assert copied == preset
        assert len({copied, preset}) == 1


def test_a_folder_that_is_not_there_is_warned_of(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    assert load_presets(tmp_path / "none") == dict(BUILT_IN)
    assert "none" in caplog.text


# The file


def test_the_toml_file_holds_nothing_that_is_not_read():
    tables = tomllib.loads((BUILT_IN_FOLDER / "presets.toml").read_text(encoding="utf-8"))
    known = {"file", "title", "artist", "year", "strength", "aliases", "names_a_subject"}
    assert all(set(table) <= known for table in tables.values())


def test_listing_presets_loads_no_torch():
    code = "import sys, styler; styler.load_presets(); assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
