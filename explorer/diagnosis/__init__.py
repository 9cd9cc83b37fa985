"""A comparison → what is wrong with the port, by name; and the port put right."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, cast

from explorer.diagnosis.edit import Fitted

if TYPE_CHECKING:
    from explorer.diagnosis.scene import Candidate, Scene


@dataclass(frozen=True)
class Check:
    """``function`` of ``explorer.diagnosis`` (``module:name``) yields the edits to try on a scene.

    ``fitted`` says how much of them comes from the reference; those that only put numbers in another ``orders`` fit by
    chance as seldom as rules. The module is imported when it is needed.
    """

    function: str
    fitted: Fitted
    orders: bool = False

    def candidates(self, scene: Scene) -> Iterator[Candidate]:
        """What is to be tried on ``scene``, the likeliest first."""
        module, _, name = self.function.partition(":")
        function = getattr(import_module(f"explorer.diagnosis.{module}"), name)
        return cast("Callable[[Scene], Iterator[Candidate]]", function)(scene)


CHECKS = (
    Check("weights:turned_kernels", Fitted.NOTHING),
    Check("weights:reversed_colours", Fitted.NOTHING),
    Check("weights:exchanged_multiplier", Fitted.NOTHING),
    Check("weights:transposed_matrix", Fitted.NOTHING),
    Check("weights:flattened_otherwise", Fitted.NOTHING),
    Check("weights:flattening", Fitted.NOTHING),
    Check("weights:reordered_axes", Fitted.NOTHING),
    Check("weights:exchanged_layers", Fitted.NOTHING),
    Check("pooling:poolings", Fitted.NOTHING),
    Check("pooling:offsets", Fitted.NOTHING),
    Check("geometry:paddings", Fitted.NOTHING),
    Check("geometry:strides", Fitted.NOTHING),
    Check("geometry:resizings", Fitted.NOTHING),
    Check("geometry:transposed_crops", Fitted.NOTHING),
    Check("geometry:slices", Fitted.NOTHING),
    Check("lrn:response_normalisations", Fitted.NOTHING),
    Check("lrn:regions", Fitted.NOTHING),
    Check("normalisation:epsilons", Fitted.NOTHING),
    Check("normalisation:scale_factors", Fitted.NOTHING),
    Check("normalisation:ignored_gamma", Fitted.NOTHING),
    Check("normalisation:batch_statistics", Fitted.NOTHING),
    Check("normalisation:exchanged_order", Fitted.NOTHING),
    Check("normalisation:exchanged_vectors", Fitted.NOTHING),
    Check("joints:sum_factors", Fitted.NOTHING),
    Check("wiring:passed_activations", Fitted.NOTHING),
    Check("activations:missing_activations", Fitted.NOTHING),
    Check("activations:missing_before", Fitted.NOTHING),
    Check("activations:extra_activations", Fitted.NOTHING),
    Check("activations:other_activations", Fitted.NOTHING),
    Check("softmax:softmax_axes", Fitted.NOTHING),
    Check("softmax:missing_softmax", Fitted.NOTHING),
    Check("joints:branch_orders", Fitted.NOTHING),
    Check("joints:branch_axes", Fitted.NOTHING),
    Check("joints:single_factors", Fitted.NOTHING),
    Check("solving:half_precision", Fitted.NOTHING),
    Check("wiring:other_sources", Fitted.NOTHING),
    Check("solving:infinite_weights", Fitted.FEW),
    Check("weights:shuffled_groups", Fitted.FEW, orders=True),
    Check("weights:scaled_weights", Fitted.FEW),
    Check("lrn:fitted_response", Fitted.FEW),
    Check("lrn:whole_response", Fitted.FEW),
    Check("lrn:searched_response", Fitted.FEW),
    Check("activations:slopes", Fitted.FEW),
    Check("activations:missing_bends", Fitted.FEW),
    Check("joints:inserted_factors", Fitted.FEW),
    Check("biases:fitted_biases", Fitted.PER_CHANNEL),
    Check("biases:permuted_channels", Fitted.PER_CHANNEL, orders=True),
    Check("kernel_order:moved_kernels", Fitted.PER_CHANNEL, orders=True),
    Check("joints:selected_classes", Fitted.PER_CHANNEL),
    Check("fitted_normalisation:fitted_gamma", Fitted.PER_CHANNEL),
    Check("fitted_normalisation:missing_normalisation", Fitted.PER_CHANNEL),
    Check("fitted_normalisation:missing_before", Fitted.PER_CHANNEL),
    Check("fitted_normalisation:written_statistics", Fitted.PER_CHANNEL),
    Check("solving:zero_kernels", Fitted.PER_CHANNEL),
    Check("solving:rounded_weights", Fitted.PER_CHANNEL),
    Check("activations:slopes_by_channel", Fitted.PER_CHANNEL),
    Check("activations:missing_slopes", Fitted.PER_CHANNEL),
    Check("biases:unproven_biases", Fitted.ALL),
    Check("solving:solved_weights", Fitted.ALL),
    Check("fitted_normalisation:fitted_vectors", Fitted.ALL),
)
"""What may be wrong with a port, the likeliest first. A new check is entered here and nowhere else."""
