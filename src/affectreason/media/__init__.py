"""Files to pixels: images, clips, and the drawn faces whose truth is known."""
