"""YOLO's text files, data.yaml and folders."""
