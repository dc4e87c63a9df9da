"""Faces drawn from a parametric head: the same truth as the flat drawn faces, in perspective, light and shade."""
