"""Distributions of actions: torch.distributions', how they are drawn from, and what environments are given of an action."""

import math

import torch
from torch.distributions import Bernoulli, Categorical, Normal, kl_divergence

from draws import MARGIN, f32
from worlds import numbers


class Choices:
    """Numbered options: one choice, or several apart from each other. A mask forbids options."""

    log_std = None

    def __init__(self, *counts):
        self.counts = counts
        self.outputs = sum(counts)

    def space(self):
        if len(self.counts) == 1:
            return {"kind": "discrete", "n": self.counts[0], "start": 0}
        return {"kind": "multi-discrete", "nvec": self.counts}

    def distribution(self, _model, output, _features, mask=None):
        if mask is not None:
            output = output.masked_fill(mask == 0, -math.inf)
        return [Categorical(logits=logits) for logits in output.split(self.counts, -1)]

    def draw(self, stream, parts, row, _rollout):
        return [float(stream.choice(part.probs[row])) for part in parts]

    def given(self, action):
        return int(action[0]) if len(self.counts) == 1 else [int(part) for part in action]

    def log_probability(self, parts, action):
        return sum(part.log_prob(action[:, i]) for i, part in enumerate(parts))

    def entropy(self, parts, _action):
        return sum(part.entropy() for part in parts)

    def divergence(self, old, new):
        return sum(kl_divergence(before, after) for before, after in zip(old, new))

    def describe(self, parts):
        return {"probabilities": numbers(torch.cat([part.probs for part in parts], -1))}


class Bits:
    """Each 1 or 0, apart from the others."""

    log_std = None

    def __init__(self, count):
        self.outputs = count

    def space(self):
        return {"kind": "multi-binary", "n": self.outputs}

    def distribution(self, _model, output, _features, _mask=None):
        return Bernoulli(logits=output)

    def draw(self, stream, bits, row, _rollout):
        drawn = stream.uniforms(self.outputs)
        assert (drawn - bits.probs[row]).abs().min() > MARGIN
        return (drawn < bits.probs[row]).to(torch.float64).tolist()

    def given(self, action):
        return [int(bit) for bit in action]

    def log_probability(self, bits, action):
        return bits.log_prob(action).sum(-1)

    def entropy(self, bits, _action):
        return bits.entropy().sum(-1)

    def describe(self, bits):
        return {"probabilities": numbers(bits.probs)}


class Gaussian:
    """Independent normal numbers u. Given are they cut off at the bounds, or, squashed, tanh(u) spread between them."""

    def __init__(self, low, high, squashed=False, per_state=False):
        self.low, self.high, self.squashed, self.per_state = low, high, squashed, per_state
        self.dimensions = len(low)
        self.outputs = self.dimensions * (2 if per_state else 1)
        self.log_std = None if per_state else (self.dimensions,)

    def space(self):
        return {"kind": "box", "shape": [self.dimensions], "low": self.low, "high": self.high, "dtype": "float32"}

    def distribution(self, model, output, _features, _mask=None):
        if self.per_state:
            mean, log_std = output.chunk(2, -1)
            return Normal(mean, log_std.exp())
        return Normal(output, model.policy.log_std.exp().expand_as(output))

    def draw(self, stream, normal, row, _rollout):
        noise = stream.normals(self.dimensions)
        return f32(normal.mean[row] + normal.stddev[row] * noise).tolist()

    def given(self, action):
        parts = zip(action, self.low, self.high)
        if self.squashed:
            return [round(low + (0.5 * math.tanh(u) + 0.5) * (high - low), 8) for u, low, high in parts]
        return [round(min(max(u, low), high), 8) for u, low, high in parts]

    def log_probability(self, normal, action):
        return (normal.log_prob(action) - self.squashing(action)).sum(-1)

    def entropy(self, normal, action):
        """Squashed, an estimate from the action, which moves with mean and deviation (Haarnoja et al. 2018, appendix C)."""
        if not self.squashed:
            return normal.entropy().sum(-1)
        moving = normal.mean + normal.stddev * ((action - normal.mean) / normal.stddev).detach()
        return (normal.entropy() + self.squashing(moving)).sum(-1)

    def squashing(self, u):
        """ln of the slope of tanh."""
        return torch.log(1 - torch.tanh(u) ** 2) if self.squashed else torch.zeros_like(u)

    def divergence(self, old, new):
        return kl_divergence(old, new).sum(-1)

    def describe(self, normal):
        return {"mean": numbers(normal.mean), "deviation": numbers(normal.stddev)}


class StateNoise(Gaussian):
    """
    gSDE (Raffin et al. 2021): mean + z E, z what the last layer sees, a matrix E of normal numbers for every environment, drawn
    anew with a rollout and every `period` steps. To the gradient z is a constant.
    """

    def __init__(self, low, high, features, period):
        super().__init__(low, high)
        self.log_std = (features, self.dimensions)
        self.period = period

    def distribution(self, model, output, features, _mask=None):
        self.features = features.detach()
        self.deviations = model.policy.log_std.exp().detach()
        variance = self.features**2 @ torch.exp(2 * model.policy.log_std) + 1e-6
        return Normal(output, variance.sqrt())

    def draw(self, stream, normal, row, rollout):
        if rollout.steps_of(row) % self.period == 0:
            # One dimension after the other.
            noise = torch.stack([stream.normals(self.log_std[0]) for _ in range(self.dimensions)], 1)
            rollout.matrices[row] = self.deviations * noise
        return f32(normal.mean[row] + self.features[row] @ rollout.matrices[row]).tolist()
