"""Networks whose weights are chance: for tests that ask whether a page runs them as torch does."""

from typing import Any

import torch

from lstm_course.models import RecurrentClassifier
from lstm_course.text import IN_PIECES, Encoder
from lstm_course.training import predict


def by_chance(encoder: Encoder, texts: list[str], **shape: Any) -> RecurrentClassifier:
    """Give a network whose weights are chance, and whose answers to the texts are spread out."""
    torch.manual_seed(1)
    pieces = encoder.pieces if encoder.tokenizer in IN_PIECES else {}
    shape = {"dimension": 32, "units": 32, "bidirectional": True, "pooling": "max_mean", **shape}
    model = RecurrentClassifier(len(encoder.vocabulary), 1, **pieces, **shape).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter *= 2
        logits = torch.as_tensor(predict(model, encoder.encode_all(texts))[:, 1]).logit()
        factor = 2 / logits.std()
        output = model.head.output
        output.bias += factor * (output.bias - logits.mean()) - output.bias
        output.weight *= factor
    return model
