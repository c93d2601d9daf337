import torch

from styler.color import luminance, match_colors, match_luminance, recolor, transfer_luminance


def picture(seed: int, spread: float = 0.15) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return (0.5 + spread * torch.randn(1, 3, 20, 30, generator=generator)).clamp(0.05, 0.95)


def test_match_colors_takes_on_mean_and_covariance() -> None:
    style, content = picture(1, 0.12), picture(2, 0.05) * torch.tensor([1.2, 0.8, 0.6]).view(1, 3, 1, 1)
    matched = match_colors(style, content).flatten(2)[0]
    wanted = content.flatten(2)[0]
    torch.testing.assert_close(matched.mean(1), wanted.mean(1), atol=0.01, rtol=0)
    torch.testing.assert_close(torch.cov(matched), torch.cov(wanted), atol=5e-4, rtol=0.1)


def test_match_colors_survives_grey_and_flat_pictures() -> None:
    grey = picture(3)[:, :1].expand(1, 3, 20, 30)
    flat = torch.full((1, 3, 8, 8), 0.4)
    for style, content in [(grey, picture(4)), (picture(4), grey), (flat, picture(4)), (picture(4), flat)]:
        matched = match_colors(style, content)
        assert torch.isfinite(matched).all()
        assert 0 <= matched.min() <= matched.max() <= 1


def test_match_luminance_takes_on_mean_and_spread_of_light_and_no_colour() -> None:
    style, content = picture(7, 0.1), picture(8, 0.05) * torch.tensor([1.2, 0.8, 0.6]).view(1, 3, 1, 1)
    matched, wanted = match_luminance(style, content), luminance(content)
    torch.testing.assert_close(matched.mean(), wanted.mean(), atol=1e-3, rtol=0)
    torch.testing.assert_close(matched.std(), wanted.std(), atol=1e-3, rtol=0)
    assert torch.equal(matched[:, 0], matched[:, 1])
    assert torch.equal(matched[:, 0], matched[:, 2])
    # Light stays in its order, as the spread is only stretched.
    torch.testing.assert_close(
        torch.corrcoef(torch.stack([matched[:, 0].flatten(), luminance(style)[:, 0].flatten()]))[0, 1],
        torch.tensor(1.0),
    )
    flat = torch.full((1, 3, 8, 8), 0.4)
    assert match_luminance(flat, content).std() < 1e-3
    assert match_luminance(style, flat).std() < 1e-3


def test_transfer_luminance_takes_light_from_one_and_colour_from_the_other() -> None:
    output, content = picture(5), picture(6)
    mixed = transfer_luminance(output, content)
    weights = torch.tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)

    def light(x: torch.Tensor) -> torch.Tensor:
        return (x * weights).sum(1)

    torch.testing.assert_close(light(mixed), light(output), atol=1e-4, rtol=0)
    # Colour differences, red less light and blue less light, are the photo's.
    for channel in (0, 2):
        torch.testing.assert_close(
            mixed[:, channel] - light(mixed), content[:, channel] - light(content), atol=1e-3, rtol=0
        )
    torch.testing.assert_close(transfer_luminance(content, content), content, atol=1e-4, rtol=0)


def test_recolor_raises_no_colour_more_than_the_light() -> None:
    """A photo with next to no green and magenta in it keeps it so, in however colourful a style."""
    casts = torch.tensor([0.004, -0.004, 0.0]).view(1, 3, 1, 1) * torch.randn(1, 1, 20, 30)
    photo, style = picture(9)[:, :1].expand(1, 3, 20, 30) + casts, picture(10)
    raised = match_colors(photo, style), recolor(photo, style)
    matched, recolored = ((each[:, 0] - each[:, 1]).std() / (2 * casts[:, 0]).std() for each in raised)
    assert matched > 10
    assert recolored < 1.5


def test_recolor_is_match_colors_where_the_style_is_no_more_colourful() -> None:
    photo, style = picture(11), picture(12, 0.1)
    torch.testing.assert_close(recolor(photo, style), match_colors(photo, style))


def test_recolor_raises_colours_with_the_light_of_a_pale_photo() -> None:
    photo, style = picture(13, 0.03), picture(14, 0.15)
    torch.testing.assert_close(recolor(photo, style).std(), style.std(), atol=0.01, rtol=0)
