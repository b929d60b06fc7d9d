"""`boxwright up`: model server and gateway together on this machine, for as long as it runs."""
