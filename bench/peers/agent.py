# SPDX-License-Identifier: MIT
"""Choosing sizes and the TD3 update, each twice: as they are usually written, and as well as PyTorch
can do it. Settings: the reference program's."""

import copy

import numpy as np
import torch
from torch.nn.functional import mse_loss

LEAST, MOST, STATE, HIDDEN = 1, 128, 3, 256
HALF, MIDDLE = (MOST - LEAST) / 2, (MOST + LEAST) / 2
NOISE, WALK_STEPS, THRESHOLD = 6.0, 5, 5
BATCH, GAMMA, TAU, LIMIT, DELAY = 4096, 0.99, 0.005, 0.01, 2
CRITIC_RATE, ACTOR_RATE, TARGET_NOISE, TARGET_CLIP = 3e-3, 1e-3, 2.0, 5.0


def to_action(sizes):
    return (sizes - MIDDLE) / HALF


def network(inputs, *last):
    return torch.nn.Sequential(
        torch.nn.Linear(inputs, HIDDEN), torch.nn.ReLU(), torch.nn.Linear(HIDDEN, HIDDEN), torch.nn.ReLU(),
        torch.nn.Linear(HIDDEN, 1), *last)


def actor_network(last_layer=3e-3):
    net = network(STATE, torch.nn.Tanh())
    for numbers in net[4].parameters():
        torch.nn.init.uniform_(numbers, -last_layer, last_layer)
    return net


def linear_layers(net):
    return [layer for layer in net if isinstance(layer, torch.nn.Linear)]


def set_numbers(net, numbers):
    """Takes the numbers that the library writes: for each layer weights [inputs, outputs], then bias."""
    numbers = numbers.view(-1)
    with torch.no_grad():
        for layer in linear_layers(net):
            n = layer.weight.numel()
            layer.weight.copy_(numbers[:n].view(layer.in_features, layer.out_features).t())
            layer.bias.copy_(numbers[n : n + layer.out_features])
            numbers = numbers[n + layer.out_features :]
    assert len(numbers) == 0


def get_numbers(net):
    return torch.cat([part for layer in linear_layers(net)
                      for part in (layer.weight.detach().t().reshape(-1), layer.bias.detach())])


# ---- Choosing sizes: actor, noise, walk, critic. `__call__(states)` -> sizes ----


class ReferenceChooser:
    """The plain way: the networks on all rows at once, the walk row by row."""

    def __init__(self, actor, critic):
        self.actor, self.critic = actor, critic
        self.neighbours = {}
        for x in range(LEAST, MOST + 1):
            near = [y for y in range(max(LEAST, x - THRESHOLD), min(MOST, x + THRESHOLD) + 1) if y != x]
            weight = np.array([1 / abs(x - y) for y in near])
            self.neighbours[x] = (near, weight / weight.sum())

    def propose(self, states):
        with torch.no_grad():
            return self.actor(states)[:, 0] * HALF + MIDDLE

    def value(self, states, sizes):
        with torch.no_grad():
            return self.critic(torch.cat((states, to_action(sizes)[:, None]), dim=1))[:, 0]

    def __call__(self, states):
        proto = self.propose(states) + NOISE * torch.randn(len(states))
        proto = proto.round().clamp(LEAST, MOST).int().tolist()
        candidates = []
        for size in proto:
            walk = [size]
            for _ in range(WALK_STEPS):
                near, probability = self.neighbours[walk[-1]]
                walk.append(int(np.random.choice(near, p=probability)))
            candidates.append(walk)
        candidates = torch.tensor(candidates, dtype=torch.float32)
        width = candidates.shape[1]
        values = self.value(states.repeat_interleave(width, dim=0), candidates.view(-1)).view(-1, width)
        return candidates.gather(1, values.argmax(dim=1, keepdim=True))[:, 0]


class CarefulChooser:
    """All rows at once, in blocks that stay in cache; a step of the walk is a look into a table of
    cumulated probabilities; no candidate is judged twice; the first layer is linear, so the part of
    the state is worked out once a row."""

    block = 512

    def __init__(self, actor, critic):
        torch.set_grad_enabled(False)
        distance = torch.cat((torch.arange(-THRESHOLD, 0), torch.arange(1, THRESHOLD + 1)))
        to = torch.arange(LEAST, MOST + 1)[:, None] + distance
        weight = torch.where((to >= LEAST) & (to <= MOST), 1 / distance.abs().float(), torch.zeros(()))
        share = weight.double() / weight.double().sum(1, keepdim=True)
        left = share.flip(1).cumsum(1).flip(1)  # exactly 0 past the last neighbour, whatever is rounded
        self.cumulated = torch.where(left - share > 1e-9, 1 - (left - share), torch.full_like(left, 2)).float()
        self.distance = distance
        self.actor = [(layer.weight.t().contiguous(), layer.bias) for layer in linear_layers(actor)]
        self.critic = [(layer.weight.t().contiguous(), layer.bias) for layer in linear_layers(critic)]
        self.later = torch.tril(torch.ones(WALK_STEPS + 1, WALK_STEPS + 1, dtype=torch.bool), -1)

    def propose(self, states):
        (w1, b1), (w2, b2), (w3, b3) = self.actor
        x = torch.addmm(b1, states, w1).relu_()
        x = torch.addmm(b2, x, w2).relu_()
        return torch.addmm(b3, x, w3)[:, 0].tanh_() * HALF + MIDDLE

    def value(self, states, sizes, row=None):
        """@param row  position in `states` of each size; none: the same"""
        (w1, b1), (w2, b2), (w3, b3) = self.critic
        known = torch.addmm(b1, states, w1[:STATE])
        x = known if row is None else known.index_select(0, row)
        x.addcmul_(to_action(sizes)[:, None], w1[STATE:]).relu_()
        x = torch.addmm(b2, x, w2).relu_()
        return torch.addmm(b3, x, w3)[:, 0]

    def choose(self, states, noise, uniform):
        proto = (self.propose(states) + noise).round_().clamp_(LEAST, MOST).long()
        candidates = torch.empty(len(states), WALK_STEPS + 1, dtype=torch.int64)
        candidates[:, 0] = at = proto
        for step in range(WALK_STEPS):
            taken = (self.cumulated[at - LEAST] <= uniform[:, step, None]).sum(dim=1)
            at = at + self.distance[taken]
            candidates[:, step + 1] = at
        again = ((candidates[:, :, None] == candidates[:, None, :]) & self.later).any(dim=2)
        row, column = torch.nonzero(~again, as_tuple=True)
        values = torch.full(candidates.shape, -torch.inf)
        values[row, column] = self.value(states, candidates[row, column].float(), row)
        return candidates.gather(1, values.argmax(dim=1, keepdim=True))[:, 0]

    def __call__(self, states):
        noise, uniform = NOISE * torch.randn(len(states)), torch.rand(len(states), WALK_STEPS)
        out = torch.empty(len(states))
        for first in range(0, len(states), self.block):
            rows = slice(first, first + self.block)
            out[rows] = self.choose(states[rows], noise[rows], uniform[rows])
        return out


# ---- TD3. `update()` -> loss of the critics, from transitions (state, action in [-1, 1], reward, next) ----


class ReferenceAgent:
    """The plain way: modules, autograd, one optimizer a network, targets that follow number by number
    of parameter tensors; the memory is kept in NumPy."""

    def __init__(self, replay, nets=None, target_noise=TARGET_NOISE):
        self.replay, self.target_noise = [part.numpy() for part in replay], target_noise
        self.actor, self.critics = nets or (actor_network(), [network(STATE + 1) for _ in range(2)])
        self.actor_target, self.critic_targets = copy.deepcopy(self.actor), copy.deepcopy(self.critics)
        self.actor_adam = torch.optim.Adam(self.actor.parameters(), lr=ACTOR_RATE)
        self.critic_adams = [torch.optim.Adam(c.parameters(), lr=CRITIC_RATE) for c in self.critics]
        self.updates = 0

    @staticmethod
    def judge(critic, state, action):
        return critic(torch.cat((state, action), dim=1))[:, 0]

    def follow(self, target, net):
        for a, b in zip(target.parameters(), net.parameters()):
            a.data.copy_(TAU * b.data + (1 - TAU) * a.data)

    def update(self):
        at = np.random.randint(len(self.replay[0]), size=BATCH)
        state, action, reward, following = (torch.from_numpy(part[at]) for part in self.replay)
        with torch.no_grad():
            noise = (torch.randn(BATCH, 1) * self.target_noise).clamp(-TARGET_CLIP, TARGET_CLIP) / HALF
            after = (self.actor_target(following) + noise).clamp(-1, 1)
            target = torch.min(*(self.judge(c, following, after) for c in self.critic_targets))
            target = reward + GAMMA * target
        total = 0
        for critic, adam in zip(self.critics, self.critic_adams):
            loss = mse_loss(self.judge(critic, state, action), target)
            adam.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(critic.parameters(), LIMIT)
            adam.step()
            total += loss.item() / 2
        for t, c in zip(self.critic_targets, self.critics):
            self.follow(t, c)
        self.updates += 1
        if self.updates % DELAY == 0:
            loss = -self.judge(self.critics[0], state, self.actor(state)).mean()
            self.actor_adam.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self.actor.parameters(), LIMIT)
            self.actor_adam.step()
            self.follow(self.actor_target, self.actor)
        return total

    def numbers(self):
        nets = {"actor": (self.actor, self.actor_target)}
        nets |= {f"critic{k}": pair for k, pair in enumerate(zip(self.critics, self.critic_targets))}
        return {f"{name}.{which}": get_numbers(net)
                for name, pair in nets.items() for which, net in zip(("net", "target"), pair)}


class FlatNetwork:
    """A network, its target, its gradient and Adam's moments, each one piece of memory of which the
    layers are views: the optimizer and the target take a few operations, whatever the layers."""

    def __init__(self, net, rate):
        self.numbers = get_numbers(net).clone()
        self.target, self.gradient = self.numbers.clone(), torch.zeros_like(self.numbers)
        self.m, self.v = torch.zeros_like(self.numbers), torch.zeros_like(self.numbers)
        self.shapes = [(layer.in_features, layer.out_features) for layer in linear_layers(net)]
        self.rate, self.steps = rate, 0
        self.layers, self.target_layers, self.gradients = map(self.views, (self.numbers, self.target, self.gradient))

    def views(self, numbers):
        views, at = [], 0
        for inputs, outputs in self.shapes:
            end = at + inputs * outputs
            views.append((numbers[at:end].view(inputs, outputs), numbers[end : end + outputs]))
            at = end + outputs
        return views

    @staticmethod
    def run(layers, x):
        """-> activations: the input, the two hidden layers, the output before tanh."""
        (w1, b1), (w2, b2), (w3, b3) = layers
        one = torch.addmm(b1, x, w1).relu_()
        two = torch.addmm(b2, one, w2).relu_()
        return x, one, two, torch.addmm(b3, two, w3)

    def back(self, tape, d, gradients=True):
        """Writes the gradient, given dL/d output; -> dL/d (first layer before its activation)."""
        x, one, two, _ = tape
        (_, (w2, _), (w3, _)), (g1, g2, g3) = self.layers, self.gradients

        def write(pair, inputs, d):
            torch.mm(inputs.t(), d, out=pair[0])
            torch.sum(d, dim=0, out=pair[1])

        if gradients:
            write(g3, two, d)
        d = torch.mm(d, w3.t()).mul_(two > 0)
        if gradients:
            write(g2, one, d)
        d = torch.mm(d, w2.t()).mul_(one > 0)
        if gradients:
            write(g1, x, d)
        return d

    def descend(self, beta1=0.9, beta2=0.999, epsilon=1e-8):
        norm = self.gradient.norm().item()
        if norm > LIMIT:
            self.gradient.mul_(LIMIT / norm)
        self.steps += 1
        correct1, correct2 = 1 - beta1**self.steps, (1 - beta2**self.steps) ** 0.5
        self.m.lerp_(self.gradient, 1 - beta1)
        self.v.mul_(beta2).addcmul_(self.gradient, self.gradient, value=1 - beta2)
        root = self.v.sqrt().add_(epsilon * correct2)
        self.numbers.addcdiv_(self.m, root, value=-self.rate * correct2 / correct1)
        self.target.lerp_(self.numbers, TAU)


class CarefulAgent:
    """As well as PyTorch can do it: no autograd, gradients written out, so that nothing is worked out that
    is not needed (the actor's step asks the critic for no gradient of its own). Blocks of the batch
    that stay in cache were tried and gain nothing."""

    def __init__(self, replay, nets=None, target_noise=TARGET_NOISE):
        torch.set_grad_enabled(False)
        self.replay, self.target_noise, self.updates = replay, target_noise, 0
        actor, critics = nets or (actor_network(), [network(STATE + 1) for _ in range(2)])
        self.actor = FlatNetwork(actor, ACTOR_RATE)
        self.critics = [FlatNetwork(c, CRITIC_RATE) for c in critics]

    def update(self):
        at = torch.randint(len(self.replay[0]), (BATCH,))
        state, action, reward, following = (part.index_select(0, at) for part in self.replay)
        noise = torch.randn(BATCH, 1).mul_(self.target_noise).clamp_(-TARGET_CLIP, TARGET_CLIP).div_(HALF)
        after = FlatNetwork.run(self.actor.target_layers, following)[3].tanh_().add_(noise).clamp_(-1, 1)
        inputs = torch.cat((following, after), dim=1)
        q = torch.minimum(*(FlatNetwork.run(c.target_layers, inputs)[3] for c in self.critics))
        target = torch.add(reward[:, None], q, alpha=GAMMA)
        known = torch.cat((state, action), dim=1)
        total = 0
        for critic in self.critics:
            tape = FlatNetwork.run(critic.layers, known)
            difference = tape[3] - target
            total += difference.square().mean().item() / 2
            critic.back(tape, difference.mul_(2 / BATCH))
            critic.descend()
        self.updates += 1
        if self.updates % DELAY == 0:
            critic = self.critics[0]
            tape = FlatNetwork.run(self.actor.layers, state)
            action = tape[3].tanh()
            judged = FlatNetwork.run(critic.layers, torch.cat((state, action), dim=1))
            d = critic.back(judged, torch.full_like(action, -1 / BATCH), gradients=False)
            d = torch.mm(d, critic.layers[0][0][STATE:].t()).mul_(1 - action.square())
            self.actor.back(tape, d)
            self.actor.descend()
        return total

    def numbers(self):
        nets = {"actor": self.actor} | {f"critic{k}": c for k, c in enumerate(self.critics)}
        return {f"{name}.{which}": numbers for name, net in nets.items()
                for which, numbers in (("net", net.numbers), ("target", net.target))}
