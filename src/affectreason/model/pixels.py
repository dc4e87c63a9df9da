"""How large a picture or frame is made before a model sees it."""

from typing import Any

from affectreason.errors import InputError


def set_pixels(processor: Any, min_pixels: int | None, max_pixels: int | None) -> None:
    """Bound the pixels of one picture or frame, for processors that resize by area; of a clip, every frame alone."""
    if hasattr(getattr(processor, "video_processor", None), "cap_pixels_per_frame"):
        processor.video_processor.cap_pixels_per_frame = True  # as Qwen's own code does
    if min_pixels is None and max_pixels is None:
        _prefer_own_size(processor, bounded=False)
        return
    images = processor.image_processor
    size = dict(images.size)
    if "shortest_edge" not in size or "longest_edge" not in size:
        raise InputError(
            f"media.min_pixels and media.max_pixels do nothing for {type(images).__name__}, which has one size; "
            "remove them"
        )
    size["shortest_edge"] = min_pixels if min_pixels is not None else min(size["shortest_edge"], max_pixels or 0)
    size["longest_edge"] = max_pixels if max_pixels is not None else max(size["longest_edge"], min_pixels or 0)
    images.size = type(images.size)(**size) if not isinstance(images.size, dict) else size
    if getattr(processor, "video_processor", None) is not None:
        _bound_frames(processor.video_processor, min_pixels, max_pixels)
        _prefer_own_size(processor, bounded=True)


def _prefer_own_size(processor: Any, bounded: bool) -> None:
    """Let clips have the size of the video processor where it was bounded, or made for a smaller model than usual.

    Qwen's Omni processors prefer one that is a constant of their class, and forget it when they are saved.
    """
    usual = getattr(processor, "videos_kwargs", {}).get("size")
    if usual and (bounded or processor.video_processor.size["longest_edge"] < usual["shortest_edge"]):
        processor.videos_kwargs = {**processor.videos_kwargs, "size": dict(processor.video_processor.size)}


def _bound_frames(videos: Any, min_pixels: int | None, max_pixels: int | None) -> None:
    """The same bounds for one frame; Qwen3-VL bounds a frame from above in tokens, and from below a whole clip only."""
    size = dict(videos.size)
    size["shortest_edge"] = min_pixels if min_pixels is not None else min(size["shortest_edge"], max_pixels or 0)
    if max_pixels is not None and type(videos).__name__.startswith("Qwen3VL"):
        videos.max_video_tokens = max(1, max_pixels // (videos.patch_size * videos.merge_size) ** 2)
    elif max_pixels is not None:
        size["longest_edge"] = max_pixels
    size["longest_edge"] = max(size["longest_edge"], size["shortest_edge"])
    videos.size = type(videos.size)(**size) if not isinstance(videos.size, dict) else size
