"""What agents draw at random, so that a recording makes the choices that the agent will make.

An agent has a stream for every purpose ("exploration", "minibatches", "replay", "noise"): xoshiro128++ (Blackman & Vigna 2019,
https://prng.di.unimi.it/xoshiro128plusplus.c), whose first state follows from the seed and the purpose's name by FNV-1a and
MurmurHash3's finaliser. All of it is integer arithmetic on 32-bit words, written here from those sources; only the use of a
word (24 bits of it make a uniform number, and so on) is the project's own.
"""

import math

import torch

WORD = 0xFFFFFFFF

# How far a draw is from where another action would have been chosen, at least: float32 cannot reach over it.
MARGIN = 1e-5


def f32(x):
    """The nearest float32 numbers, as float64."""
    return torch.as_tensor(x, dtype=torch.float64).to(torch.float32).to(torch.float64)


def mix(h):
    """MurmurHash3's 32-bit finaliser (Appleby)."""
    h &= WORD
    h = (h ^ (h >> 16)) * 0x85EBCA6B & WORD
    h = (h ^ (h >> 13)) * 0xC2B2AE35 & WORD
    return h ^ (h >> 16)


def first_state(seed, purpose):
    name = 0x811C9DC5
    for letter in purpose:
        name = (name ^ ord(letter)) * 0x01000193 & WORD
    low, high = seed & WORD, seed >> 32
    a = mix(mix(name ^ low) + high)
    b = mix(mix(name ^ WORD ^ high) + low)
    return [mix(a), mix(b), mix(a + 0x9E3779B9), mix(b + 0x9E3779B9)]


def rotate(x, count):
    return (x << count | x >> (32 - count)) & WORD


class Stream:
    def __init__(self, seed, purpose):
        self.state = first_state(seed, purpose)

    def word(self):
        s = self.state
        result = (rotate(s[0] + s[3] & WORD, 7) + s[0]) & WORD
        t = s[1] << 9 & WORD
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= t
        s[3] = rotate(s[3], 11)
        return result

    def uniform(self):
        """In [0, 1), 24 bits."""
        return (self.word() >> 8) / 2**24

    def uniform53(self):
        """In [0, 1), 53 bits: 27 of one word, 26 of the next."""
        high = self.word() >> 5
        return (high * 2**26 + (self.word() >> 6)) / 2**53

    def index(self, n):
        """In 0 .. n - 1 (Lemire 2019, algorithm 5)."""
        product = self.word() * n
        while product & WORD < n and product & WORD < (2**32 - n) % n:
            product = self.word() * n
        return product >> 32

    def uniforms(self, *shape):
        return torch.tensor([self.uniform() for _ in range(math.prod(shape))]).reshape(shape)

    def normals(self, count):
        """Standard normal, in float32: both of a pair, one pair after the other (Box & Muller 1958)."""
        numbers = []
        while len(numbers) < count:
            radius = math.sqrt(-2 * math.log(((self.word() >> 8) + 1) / 2**24))
            angle = 2 * math.pi * self.uniform()
            numbers += [radius * math.cos(angle), radius * math.sin(angle)]
        return f32(numbers[:count])

    def permutation(self, n):
        """Fisher-Yates, from the end."""
        order = list(range(n))
        for i in range(n - 1, 0, -1):
            j = self.index(i + 1)
            order[i], order[j] = order[j], order[i]
        return order

    def choice(self, probabilities):
        """The first index at which the sum of probabilities exceeds a uniform number."""
        u = self.uniform()
        sums = probabilities.cumsum(0)
        assert (sums - u).abs().min() > MARGIN, "a draw that a rounding could turn: take another seed"
        return int((sums > u).nonzero()[0])
