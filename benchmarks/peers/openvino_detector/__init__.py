"""What the peers with OpenVINO share."""
