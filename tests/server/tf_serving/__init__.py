"""Tests of the files that the containers' model server is started and watched with."""
