"""Tests of the frame: the built pages as files, `make configure`, the environment."""
