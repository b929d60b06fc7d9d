"""KITTI's text files."""
