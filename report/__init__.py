"""Turns the stored summary of a run into one HTML file; runs nothing, decides nothing."""

from report.page import build
