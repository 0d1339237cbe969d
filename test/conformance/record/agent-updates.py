"""Records whole updates of agents as PyTorch computes them, into ../data/agent-updates.json.

    python3 test/conformance/record/agent-updates.py        # PyTorch and nothing else; the same bytes every time

The file that is kept was written by PyTorch 1.13.0 (Debian 12, python3-torch 1.13.1+dfsg-4) and Python 3.11, one thread.

Everything random is drawn here and recorded: weights, experience, which transitions an update learns from, importance
weights, noise of layers, fractions of quantiles, order of minibatches. Inputs are float32 numbers, what is computed from them
is float64. Networks, targets and losses are written from the papers' equations, gradients are PyTorch's autograd, steps its
optimizers. test/conformance/agent-updates.test.ts feeds the same to the agents and compares.
"""

import json
import math
from pathlib import Path

import torch
from torch.nn import functional

torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)
GENERATOR = torch.Generator().manual_seed(20261121)
LAYER_NORM_EPSILON = 1e-5


def f32(x):
    """The nearest float32 numbers, as float64."""
    return x.to(torch.float32).to(torch.float64)


def uniform(*shape, low=-1.0, high=1.0):
    return f32(low + (high - low) * torch.rand(*shape, generator=GENERATOR))


def normal(*shape):
    return f32(torch.randn(*shape, generator=GENERATOR))


def numbers(x):
    """Nine digits: as many as tell float32 numbers apart."""
    return [float(f"{v:.9g}") for v in x.detach().flatten().tolist()]


# --- networks: parameters by name, as torch.nn.Sequential would name them ----------------------------------------------


def draw_dense(parameters, prefix, inputs, widths, layer_norm, last_is_output):
    """Dense layers; hidden ones may have a layer norm and are followed by an activation. Returns the layers."""
    layers = []
    module = 0
    for i, width in enumerate(widths):
        bound = 1.5 / math.sqrt(inputs)
        layer = {"dense": f"{prefix}{module}", "norm": None, "is_output": last_is_output and i == len(widths) - 1}
        parameters[f"{prefix}{module}.weight"] = uniform(width, inputs, low=-bound, high=bound)
        parameters[f"{prefix}{module}.bias"] = uniform(width, low=-0.3, high=0.3)
        module += 1
        if layer_norm and not layer["is_output"]:
            parameters[f"{prefix}{module}.weight"] = uniform(width, low=0.5, high=1.5)
            parameters[f"{prefix}{module}.bias"] = uniform(width, low=-0.5, high=0.5)
            layer["norm"] = f"{prefix}{module}"
            module += 1
        module += 1
        layers.append(layer)
        inputs = width
    return layers


def run_dense(parameters, layers, x):
    for layer in layers:
        x = functional.linear(x, parameters[f"{layer['dense']}.weight"], parameters[f"{layer['dense']}.bias"])
        if layer["norm"] is not None:
            norm = layer["norm"]
            x = functional.layer_norm(
                x, (x.shape[-1],), parameters[f"{norm}.weight"], parameters[f"{norm}.bias"], LAYER_NORM_EPSILON
            )
        if not layer["is_output"]:
            x = torch.relu(x)
    return x


def aggregate(head, actions, atoms, dueling):
    """[..., units] -> [..., A, N]; dueling: V + A - mean(A), the value's N units first (Wang et al. 2016, eq. 9)."""
    head = head.unflatten(-1, (-1, atoms))
    if not dueling:
        return head
    value, advantage = head[..., :1, :], head[..., 1:, :]
    return value + advantage - advantage.mean(-2, keepdim=True)


class DenseNetwork:
    """Q-network with N outputs per action; noisy: weights mu + sigma f(e_o) f(e_i) (Fortunato et al. 2018, eq. 10, 11)."""

    def __init__(self, case):
        self.case = case
        self.atoms = case.atoms
        self.parameters = {}
        units = (case.actions + (1 if case.dueling else 0)) * self.atoms
        widths = [*case.hidden, units]
        self.layers = draw_dense(self.parameters, "", case.observations, widths, case.layer_norm, True)
        if case.noisy:
            for name in list(self.parameters):
                self.parameters[f"{name}_sigma"] = uniform(*self.parameters[name].shape, low=0.05, high=0.3)

    def draw_noise(self):
        """f(e) of every layer's inputs and outputs."""
        squash = lambda e: f32(torch.sign(e) * torch.sqrt(torch.abs(e)))
        shapes = [self.parameters[f"{layer['dense']}.weight"].shape for layer in self.layers]
        return [{"inputs": squash(normal(shape[1])), "outputs": squash(normal(shape[0]))} for shape in shapes]

    def forward(self, parameters, x, drawn):
        if self.case.noisy:
            effective = {name: value for name, value in parameters.items() if not name.endswith("_sigma")}
            for layer, noise in zip(self.layers, drawn):
                name = layer["dense"]
                outer = f32(torch.outer(noise["outputs"], noise["inputs"]))
                effective[f"{name}.weight"] = parameters[f"{name}.weight"] + parameters[f"{name}.weight_sigma"] * outer
                effective[f"{name}.bias"] = parameters[f"{name}.bias"] + parameters[f"{name}.bias_sigma"] * noise["outputs"]
            parameters = effective
        head = run_dense(parameters, self.layers, x)
        return aggregate(head, self.case.actions, self.atoms, self.case.dueling)


class ImplicitQuantileNetwork:
    """Z_tau(x, a) = f(psi(x) * phi(tau))_a, phi a ReLU layer over cos(pi i tau), i = 0, 1, ... (Dabney et al. 2018b, eq. 4)."""

    def __init__(self, case):
        self.case = case
        self.parameters = {}
        first, *others = case.hidden
        self.state = draw_dense(self.parameters, "state.", case.observations, [first], case.layer_norm, False)
        self.embedding = draw_dense(self.parameters, "fractions.", case.cosines, [first], False, False)
        units = case.actions + (1 if case.dueling else 0)
        self.values = draw_dense(self.parameters, "values.", first, [*others, units], case.layer_norm, True)

    def forward(self, parameters, x, fractions):
        """fractions [B, N] -> [B, A, N]"""
        psi = run_dense(parameters, self.state, x)
        cosines = torch.cos(math.pi * torch.arange(self.case.cosines) * fractions.unsqueeze(-1))
        phi = run_dense(parameters, self.embedding, cosines)
        head = run_dense(parameters, self.values, psi.unsqueeze(1) * phi)
        return aggregate(head, self.case.actions, 1, self.case.dueling).squeeze(-1).transpose(1, 2)


class EnsembleNetwork(DenseNetwork):
    """f_k + scale p_k, the prior p a network of its own that is never trained (Osband et al. 2018, section 3)."""

    def __init__(self, case):
        super().__init__(case)
        widths = [*case.hidden, case.actions * case.atoms]
        self.fixed = {}
        self.prior = draw_dense(self.fixed, "prior.", case.observations, widths, case.layer_norm, True)

    def forward(self, parameters, x, drawn):
        prior = aggregate(run_dense(self.fixed, self.prior, x), self.case.actions, self.atoms, False)
        return super().forward(parameters, x, drawn) + self.case.prior_scale * prior


# --- losses: each returns the loss of every row, what its priority is made of, and the value of the action taken -------


def huber(u, kappa=1.0):
    size = u.abs()
    return torch.where(size <= kappa, 0.5 * u * u, kappa * (size - 0.5 * kappa))


def regress(case, q, target):
    error = q - target.detach()
    return huber(error) if case.loss == "huber" else error * error, error.abs()


def taken(values, action):
    """[B, A, ...] -> [B, ...]"""
    return values[torch.arange(values.shape[0]), action]


def expected_loss(case, batch, output, next_output, selection, _fractions, _policy):
    q, next_q = output.squeeze(-1), next_output.squeeze(-1)
    best = (next_q if selection is None else selection.squeeze(-1)).argmax(-1)
    target = batch["reward"] + batch["discount"] * taken(next_q, best)
    losses, errors = regress(case, taken(q, batch["action"]), target)
    return losses, errors, taken(q, batch["action"])


def munchausen_loss(case, batch, output, next_output, _selection, _fractions, policy):
    """Vieillard et al. 2020, section 2, with pi = softmax(q / tau) of the target network."""
    tau = case.temperature
    q, next_q = output.squeeze(-1), next_output.squeeze(-1)
    log_policy = functional.log_softmax(policy.squeeze(-1) / tau, -1)
    bonus = torch.clamp(tau * taken(log_policy, batch["action"]), case.clip, 0)
    next_log = functional.log_softmax(next_q / tau, -1)
    value = (next_log.exp() * (next_q - tau * next_log)).sum(-1)
    target = batch["reward"] + case.alpha * bonus + batch["discount"] * value
    losses, errors = regress(case, taken(q, batch["action"]), target)
    case.clipped |= bool((bonus == case.clip).any()) and bool((bonus > case.clip).any())
    return losses, errors, taken(q, batch["action"])


def categorical_loss(case, batch, output, next_output, selection, _fractions, _policy):
    """Bellemare et al. 2017, algorithm 1; the priority is the divergence (Hessel et al. 2018)."""
    support = torch.linspace(case.low, case.high, case.atoms)
    width = (case.high - case.low) / (case.atoms - 1)
    expectation = lambda logits: (logits.softmax(-1) * support).sum(-1)
    best = expectation(next_output if selection is None else selection).argmax(-1)
    p = taken(next_output, best).softmax(-1)
    z = torch.clamp(batch["reward"].unsqueeze(-1) + batch["discount"].unsqueeze(-1) * support, case.low, case.high)
    position = (z - case.low) / width
    # Mass falls off linearly over the distance of one atom.
    share = torch.clamp(1 - (position.unsqueeze(1) - torch.arange(case.atoms).reshape(1, -1, 1)).abs(), min=0)
    m = (share * p.unsqueeze(1)).sum(-1).detach()
    logits = taken(output, batch["action"])
    cross_entropy = -(m * logits.log_softmax(-1)).sum(-1)
    entropy = -torch.xlogy(m, m).sum(-1)
    return cross_entropy, cross_entropy - entropy, expectation(logits)


def quantile_loss(case, batch, output, next_output, selection, fractions, _policy):
    """Dabney et al. 2018a, eq. 9 and 10; fractions are midpoints where none were drawn."""
    best = (next_output if selection is None else selection).mean(-1).argmax(-1)
    target = batch["reward"].unsqueeze(-1) + batch["discount"].unsqueeze(-1) * taken(next_output, best)
    quantiles = taken(output, batch["action"])
    n = quantiles.shape[-1]
    tau = ((torch.arange(n) + 0.5) / n).expand_as(quantiles) if fractions is None else fractions
    u = target.detach().unsqueeze(1) - quantiles.unsqueeze(2)
    asymmetric = (tau.unsqueeze(2) - (u.detach() < 0).to(u.dtype)).abs()
    losses = (asymmetric * huber(u, case.kappa) / case.kappa).mean(2).sum(1)
    return losses, losses, quantiles.mean(-1)


def ensemble_loss(case, batch, output, next_output, selection, _fractions, _policy):
    """Every member by itself (Osband et al. 2016); loss and gradient are means over the members."""
    parts = []
    for k in range(case.atoms):
        own = None if selection is None else selection[..., k : k + 1]
        parts.append(expected_loss(case, batch, output[..., k : k + 1], next_output[..., k : k + 1], own, None, None))
    return tuple(torch.stack(part).mean(0) for part in zip(*parts))


# --- cases -------------------------------------------------------------------------------------------------------------


class Case:
    observations = 4
    actions = 3
    rows = 6
    hidden = (6, 5)
    layer_norm = False
    dueling = False
    double = False
    noisy = False
    prioritized = False
    n_step = 1
    atoms = 1
    loss = "huber"
    munchausen = False
    ensemble = False
    implicit = False
    quantiles = 0
    max_gradient_norm = 0.35
    learning_rate = 0.01
    epsilon = 1e-8
    discount = 0.9
    tau = 0.5
    target_interval = 2
    updates = 4
    reward_scale = 1.0

    def __init__(self, name, algorithm, options, compute_loss, **settings):
        self.name = name
        self.algorithm = algorithm
        self.compute_loss = compute_loss
        self.clipped = False
        for key, value in settings.items():
            assert hasattr(type(self), key) or key in OWN_SETTINGS, key
            setattr(self, key, value)
        self.options = {
            "discount": self.discount,
            "learningRate": self.learning_rate,
            "maxGradientNorm": self.max_gradient_norm,
            "network": {"hidden": list(self.hidden), "activation": "relu", "layerNorm": self.layer_norm},
            **options,
        }


OWN_SETTINGS = {
    "alpha", "temperature", "clip", "low", "high", "kappa", "cosines", "next_quantiles", "prior_scale",
    "environments", "rollout_steps", "epochs", "minibatches", "trace",
}  # fmt: skip


def draw_experience(case, steps):
    """Episodes one after another, in float32; the last step ends one."""
    # Step 4 terminates, step 9 is truncated, and so on in turn.
    ends = [t % 5 == 4 or t == steps - 1 for t in range(steps)]
    terminated = [end and (t // 5) % 2 == 0 for t, end in enumerate(ends)]
    truncated = [end and not terminated[t] for t, end in enumerate(ends)]
    return {
        "observation": normal(steps, case.observations),
        "action": torch.randint(case.actions, (steps,), generator=GENERATOR),
        "reward": f32(case.reward_scale * normal(steps)),
        "nextObservation": normal(steps, case.observations),
        "terminated": torch.tensor(terminated),
        "truncated": torch.tensor(truncated),
    }


def n_step_window(case, experience, first):
    """Sums of the window that begins at a step and ends after n steps, or with its episode."""
    reward, factor = 0.0, 1.0
    for k in range(first, first + case.n_step):
        reward += factor * experience["reward"][k].item()
        factor *= case.discount
        ended = bool(experience["terminated"][k]) or bool(experience["truncated"][k])
        if ended:
            break
    return reward, 0.0 if bool(experience["terminated"][k]) else factor, experience["nextObservation"][k]


def gather(case, experience, slots):
    windows = [n_step_window(case, experience, slot) for slot in slots]
    return {
        "observation": experience["observation"][slots],
        "action": experience["action"][slots],
        "reward": f32(torch.tensor([window[0] for window in windows])),
        "discount": f32(torch.tensor([window[1] for window in windows])),
        "next": torch.stack([window[2] for window in windows]),
    }


def record_experience(experience):
    flags = {name: [int(flag) for flag in experience[name].tolist()] for name in ("terminated", "truncated")}
    return {
        "observation": numbers(experience["observation"]),
        "action": experience["action"].tolist(),
        "reward": numbers(experience["reward"]),
        "nextObservation": numbers(experience["nextObservation"]),
        **flags,
    }


def record_parameters(parameters):
    return {name: {"shape": list(value.shape), "data": numbers(value)} for name, value in parameters.items()}


def record_gradients(parameters):
    return {name: numbers(torch.zeros_like(p) if p.grad is None else p.grad) for name, p in parameters.items()}


def finish(case, network, before, after, experience, updates):
    fixed = getattr(network, "fixed", {})
    return {
        "name": case.name,
        "algorithm": case.algorithm,
        "options": case.options,
        "observations": case.observations,
        "actions": case.actions,
        "experience": record_experience(experience),
        "weights": record_parameters({**before, **fixed}),
        "updates": updates,
        "after": {name: numbers(value) for name, value in {**after, **fixed}.items()},
    }


def record_deep_q(case):
    kind = ImplicitQuantileNetwork if case.implicit else EnsembleNetwork if case.ensemble else DenseNetwork
    network = kind(case)
    before = {name: value.clone() for name, value in network.parameters.items()}
    online = {name: value.clone().requires_grad_() for name, value in before.items()}
    target = {name: value.clone() for name, value in before.items()}
    optimizer = torch.optim.Adam(list(online.values()), lr=case.learning_rate, eps=case.epsilon)
    steps = 20
    experience = draw_experience(case, steps)
    updates = []
    for update in range(case.updates):
        slots = torch.randint(steps, (case.rows,), generator=GENERATOR).tolist()
        weight = uniform(case.rows, low=0.2, high=1.0) if case.prioritized else torch.ones(case.rows)
        batch = gather(case, experience, slots)
        recorded = {"slots": slots, "importance": numbers(weight) if case.prioritized else None}
        drawn_for = []

        def draw(count):
            """What is random in a pass, in the order of the passes: selection, target, learned."""
            drawn = None
            if case.implicit:
                drawn = uniform(case.rows, count, low=0.0, high=1.0)
                recorded.setdefault("fractions", []).append(numbers(drawn))
            elif case.noisy:
                drawn = network.draw_noise()
                layers = [{key: numbers(value) for key, value in layer.items()} for layer in drawn]
                recorded.setdefault("noise", []).append(layers)
            drawn_for.append(drawn)
            return drawn

        many = getattr(case, "next_quantiles", 0)
        with torch.no_grad():
            selection = network.forward(online, batch["next"], draw(many)) if case.double else None
            of_target = draw(many)
            next_output = network.forward(target, batch["next"], of_target)
            policy = network.forward(target, batch["observation"], of_target) if case.munchausen else None
        of_online = draw(case.quantiles)
        output = network.forward(online, batch["observation"], of_online)
        fractions = of_online if case.implicit else None
        losses, priorities, q = case.compute_loss(case, batch, output, next_output, selection, fractions, policy)
        loss = (weight * losses).mean()
        optimizer.zero_grad()
        loss.backward()
        gradients = record_gradients(online)
        norm = torch.nn.utils.clip_grad_norm_(list(online.values()), case.max_gradient_norm)
        optimizer.step()
        if (update + 1) % case.target_interval == 0:
            with torch.no_grad():
                for name, value in target.items():
                    value += case.tau * (online[name] - value)
        recorded.update(
            loss=float(f"{loss.item():.9g}"),
            meanQ=float(f"{q.mean().item():.9g}"),
            gradientNorm=float(f"{norm.item():.9g}"),
            absError=numbers(priorities),
        )
        if update in (0, case.updates - 1):
            recorded["gradients"] = gradients
        updates.append(recorded)
    assert not case.munchausen or case.clipped, "the clip must hold for some rows, and not for others"
    return finish(case, network, before, online, experience, updates)


def lambda_returns(case, experience, next_max):
    """G[t] = r + gamma ((1 - lambda) max Q(next) + lambda G[t + 1]) within an episode (Gallici et al. 2025, section 3)."""
    T, E = case.rollout_steps, case.environments
    shaped = {name: experience[name].reshape(T, E) for name in ("reward", "terminated", "truncated")}
    next_max = next_max.reshape(T, E)
    returns = torch.zeros(T, E)
    for e in range(E):
        for t in reversed(range(T)):
            value = next_max[t, e]
            if t < T - 1 and not shaped["truncated"][t, e]:
                value = (1 - case.trace) * value + case.trace * returns[t + 1, e]
            returns[t, e] = shaped["reward"][t, e] + (0 if shaped["terminated"][t, e] else case.discount * value)
    return returns.flatten()


def record_pqn(case):
    network = DenseNetwork(case)
    before = {name: value.clone() for name, value in network.parameters.items()}
    online = {name: value.clone().requires_grad_() for name, value in before.items()}
    optimizer = torch.optim.RAdam(list(online.values()), lr=case.learning_rate, eps=case.epsilon)
    slots = case.rollout_steps * case.environments
    experience = draw_experience(case, slots)
    size = slots // case.minibatches
    with torch.no_grad():
        next_max = network.forward(online, experience["nextObservation"], None).squeeze(-1).amax(-1)
        returns = lambda_returns(case, experience, next_max)
    updates = []
    total = case.epochs * case.minibatches
    for update in range(total):
        turn = update % case.minibatches
        recorded = {}
        if turn == 0:
            order = torch.randperm(slots, generator=GENERATOR)
            recorded["order"] = order.tolist()
        rows = order[turn * size : (turn + 1) * size]
        q = network.forward(online, experience["observation"][rows], None).squeeze(-1)
        chosen = taken(q, experience["action"][rows])
        loss = ((chosen - returns[rows]) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        gradients = record_gradients(online)
        norm = torch.nn.utils.clip_grad_norm_(list(online.values()), case.max_gradient_norm)
        optimizer.step()
        recorded.update(
            loss=float(f"{loss.item():.9g}"),
            meanQ=float(f"{chosen.mean().item():.9g}"),
            gradientNorm=float(f"{norm.item():.9g}"),
        )
        if update in (0, total - 1):
            recorded["gradients"] = gradients
        updates.append(recorded)
    return finish(case, network, before, online, experience, updates)


def deep_q_options(**options):
    """What all of them share beside `Case.options`; the replay holds all of the experience."""
    return {
        "batchSize": Case.rows,
        "capacity": 32,
        "warmupSteps": 0,
        "targetIntervalUpdates": Case.target_interval,
        "tau": Case.tau,
        "loss": "huber",
        "optimizer": {"type": "adam", "epsilon": Case.epsilon},
        **options,
    }


IQN = {"type": "implicit-quantile", "quantiles": 4, "nextQuantiles": 3, "actingQuantiles": 2, "cosines": 5, "kappa": 1}
IQN_SETTINGS = {"implicit": True, "quantiles": 4, "next_quantiles": 3, "cosines": 5, "kappa": 1.0}
C51 = {"type": "categorical", "atoms": 5, "low": -2, "high": 2}
C51_SETTINGS = {"atoms": 5, "low": -2.0, "high": 2.0}

DEEP_Q = [
    Case("DQN", "dqn", deep_q_options(loss="mse"), expected_loss, loss="mse"),
    Case(
        "DQN, double, dueling, prioritized, three steps, layer norm",
        "dqn",
        deep_q_options(double=True, dueling=True, nStep=3, replay="proportional"),
        expected_loss,
        double=True,
        dueling=True,
        n_step=3,
        prioritized=True,
        layer_norm=True,
    ),
    Case(
        "NoisyNet",
        "dqn",
        deep_q_options(noisy={"sigma": 0.5}, dueling=True),
        expected_loss,
        noisy=True,
        dueling=True,
    ),
    Case(
        "Munchausen-DQN",
        "munchausen-dqn",
        deep_q_options(munchausen={"alpha": 0.9, "temperature": 0.3, "clip": -0.4}),
        munchausen_loss,
        munchausen=True,
        alpha=0.9,
        temperature=0.3,
        clip=-0.4,
    ),
    Case("C51", "c51", deep_q_options(distribution=C51), categorical_loss, **C51_SETTINGS),
    Case(
        "QR-DQN",
        "qr-dqn",
        deep_q_options(distribution={"type": "quantile", "quantiles": 4, "kappa": 1}, double=True),
        quantile_loss,
        atoms=4,
        kappa=1.0,
        double=True,
    ),
    Case("IQN", "iqn", deep_q_options(distribution=IQN), quantile_loss, **IQN_SETTINGS),
    Case(
        "IQN, double, dueling, prioritized, two steps",
        "iqn",
        deep_q_options(distribution=IQN, double=True, dueling=True, nStep=2, replay="proportional"),
        quantile_loss,
        double=True,
        dueling=True,
        n_step=2,
        prioritized=True,
        **IQN_SETTINGS,
    ),
    Case(
        "Rainbow",
        "rainbow",
        deep_q_options(
            distribution=C51,
            double=True,
            dueling=True,
            nStep=3,
            noisy={"sigma": 0.5},
            replay={"type": "proportional", "alpha": 0.5},
            optimizer={"type": "adam", "epsilon": 1.5e-4},
        ),
        categorical_loss,
        double=True,
        dueling=True,
        n_step=3,
        noisy=True,
        prioritized=True,
        epsilon=1.5e-4,
        **C51_SETTINGS,
    ),
    Case(
        "bootstrapped DQN, double",
        "bootstrapped-dqn",
        deep_q_options(ensemble={"members": 3, "priorScale": 1.5}, double=True),
        ensemble_loss,
        ensemble=True,
        atoms=3,
        prior_scale=1.5,
        double=True,
    ),
]

# Twelve updates: RAdam steps without its second moment five times, then with it.
ROLLOUT = {"environments": 2, "rollout_steps": 8, "epochs": 3, "minibatches": 4}
PQN = Case(
    "PQN",
    "pqn",
    {
        "environments": 2,
        "rolloutSteps": 8,
        "epochs": 3,
        "minibatches": 4,
        "lambda": 0.65,
        "optimizer": {"type": "radam", "epsilon": Case.epsilon},
    },
    None,
    trace=0.65,
    layer_norm=True,
    max_gradient_norm=2.0,
    **ROLLOUT,
)


def main():
    cases = [*(record_deep_q(case) for case in DEEP_Q), record_pqn(PQN)]
    source = f"PyTorch {torch.__version__}, float64: test/conformance/record/agent-updates.py"
    path = Path(__file__).resolve().parent.parent / "data" / "agent-updates.json"
    lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
    path.write_text(f'{{"source":{json.dumps(source)},"cases":[\n{lines}\n]}}\n')


if __name__ == "__main__":
    main()
