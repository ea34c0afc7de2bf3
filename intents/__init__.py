"""The language core: what a sentence means. Pure: no I/O, no clock, no async."""
