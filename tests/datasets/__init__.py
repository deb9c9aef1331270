"""Tests of data sets: forms, archives, look-up and download, samples, and the real data."""
