"""Weights that a tensor's name makes: the twin of `generated` in tests/nn/zoo.ts."""
import numpy as np


def fnv1a(text):
    """32-bit FNV-1a of the UTF-8 bytes."""
    value = 0x811C9DC5
    for byte in text.encode():
        value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
    return value


def generated(name, count, low, high):
    """`count` float32 numbers of the interval: mulberry32, seeded by the name."""
    with np.errstate(over="ignore"):
        steps = np.arange(1, count + 1, dtype=np.uint32) * np.uint32(0x6D2B79F5)
        t = steps + np.uint32(fnv1a(name))
        t = (t ^ t >> np.uint32(15)) * (t | np.uint32(1))
        t ^= t + (t ^ t >> np.uint32(7)) * (t | np.uint32(61))
        t ^= t >> np.uint32(14)
    return (low + (high - low) * (t.astype(np.float64) / 2**32)).astype(np.float32)
