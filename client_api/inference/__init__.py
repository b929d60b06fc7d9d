"""The client of the model server: deadlines, requests, layouts probed, errors mapped."""
