"""Which images belong together: bursts, frames, near-duplicates."""
