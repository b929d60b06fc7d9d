"""Tests mirror the source; `contract`, `stack`, `browser` and `architecture` cut across."""
