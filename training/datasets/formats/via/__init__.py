"""VGG Image Annotator's JSON and CSV."""
