"""What learned k_n say, in words: the caption of their figure, derived from the numbers."""

from __future__ import annotations

import numpy as np

from analysis.k_theory import Array, LearnedK, effective_depth, effective_step, past_range

PANELS = """\
Each residual step of the network is the two-step scheme $u_{n+1}=(1-k_n)\\,u_n+k_n\\,u_{n-1}+f_n(u_n)$ with a trained \
number $k_n$; k = 0 is ResNet, that is, forward Euler. What theory says of a k that stays the same:
(a) Between -1 (excluded) and 1 (included) the scheme is zero-stable: small errors stay bounded, however many steps \
follow. Below 0 (green) it is accelerated: momentum -k is added, as in the heavy-ball method. Hatched: not \
zero-stable, errors grow from step to step.
(b) In a long smooth stage a step with k moves the state as far as 1/(1+k) Euler steps. Any scatter of k about 0 makes \
their sum larger than the number of steps, and short or rough stages fall short of it.
(c) Besides the solution the scheme carries a parasitic one, which every step multiplies by -k (a negative factor \
makes it alternate in sign). Its size since the start of the stage is the running product: below 1 it dies out.
(d) On u' = λu a step with |k| < 1 is stable for hλ inside its ellipse $((x+1-k)/(1-k))^2+(y/(1+k))^2\\leq1$: \
negative k stretches Euler's disc along the real axis (decaying modes) and flattens it along the imaginary one \
(oscillating modes)."""


def caption(data: LearnedK) -> str:
    """The numbers first, then what each panel shows; a paragraph a line."""
    return f"{theory_note(data)}\n{PANELS}"


def place(data: LearnedK, n: int) -> str:
    """Where step index n lies, in words: the last step of stage 3."""
    stage = int(np.searchsorted(data.starts, n, side="right"))
    within = n - data.starts[stage - 1] + 1
    return f"the last step of stage {stage}" if within == data.stages[stage - 1] else f"step {within} of stage {stage}"


def ranges(numbers: Array) -> str:
    """Ascending whole numbers in short: 2, 5–9."""
    runs = np.split(numbers, np.flatnonzero(np.diff(numbers) > 1) + 1)
    return ", ".join(f"{run[0]:g}" if len(run) == 1 else f"{run[0]:g}–{run[-1]:g}" for run in runs)


def theory_note(data: LearnedK) -> str:
    """What this k says, in sentences: the accelerating side, steps past the zero-stable range, the effective depth."""
    k, h = data.final, effective_step(data.final, data.absent)
    means = ", means over the seeds," if data.seeds > 1 else ""
    sentences = [
        f"{(k < 0).sum()} of {(~np.isnan(k)).sum()} trained values of k{means} are below 0, on the accelerating side.",
        range_note(data),
    ]
    if data.seeds > 1 and (astray := int(past_range(data.last).any(axis=1).sum())):
        sentences.append(f"In {astray} of {data.seeds} seeds some k is past that range.")
    depth, without = effective_depth(data), int((k <= -1).sum())
    rest = f" (not counting {without} with k ≤ -1, where no effective step exists)" if without else ""
    steps = f"{depth:.1f} Euler steps from {counted(data.steps, 'residual step')}{rest}"
    sentences.append(f"Effective depth of long smooth stages: {steps}.")
    longest = int(np.nanargmax(np.nan_to_num(h)))
    if data.steps > 1 and h[longest] > max(depth / 2, 3):
        where = f"{place(data, longest)} (k = {k[longest]:.2f}, near -1)"
        sentences.append(f"Of that, {h[longest]:.1f} come from {where}.")
    return " ".join(sentences)


def range_note(data: LearnedK) -> str:
    """Which steps are past the zero-stable range: up to two by name, of more the worst."""
    k, past = data.final, np.flatnonzero(past_range(data.final))
    if not len(past):
        return "Every k is inside the zero-stable range, -1 < k ≤ 1."
    if len(past) > 2:
        worst = int(past[np.argmax(np.abs(k[past]))])
        where = f"{place(data, worst)} (k = {k[worst]:.2f})"
        return f"{len(past)} values of k are past the zero-stable range, furthest at {where}."
    named = " and ".join(f"{place(data, n)} has k = {k[n]:.2f}" for n in map(int, past))
    return f"{named[0].upper()}{named[1:]}: past the zero-stable range."


def counted(n: int, thing: str) -> str:
    return f"{n} {thing}" if n == 1 else f"{n} {thing}s"
