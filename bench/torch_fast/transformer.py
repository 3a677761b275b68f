"""S3-Rec's encoder over sequences of one length, under RecBole's names: products of queries, keys and values in one, and in
the last layer nothing but keys and values of places that aren't read."""
import torch
from torch.nn import functional as F

from dropout import dropout
from parameters import normal

LAYER = "trm_encoder.layer.{}."


def initial(generator, layers, d, inner):
    p = {}
    for layer in range(layers):
        for part, names in (("multi_head_attention", (("query", d, d), ("key", d, d), ("value", d, d), ("dense", d, d))),
                            ("feed_forward", (("dense_1", d, inner), ("dense_2", inner, d)))):
            at = LAYER.format(layer) + part
            for name, inputs, outputs in names:
                p[f"{at}.{name}.weight"] = normal(generator, (outputs, inputs), 0.02)
                p[f"{at}.{name}.bias"] = torch.zeros(outputs)
            p |= norm(f"{at}.LayerNorm", d)
    return p


def norm(name, d):
    return {f"{name}.weight": torch.ones(d), f"{name}.bias": torch.zeros(d)}


class Encoder:
    def __init__(self, keys):
        self.layers, self.heads, self.epsilon = keys["n_layers"], keys["n_heads"], keys["layer_norm_eps"]
        self.hidden_dropout, self.attention_dropout = keys["hidden_dropout_prob"], keys["attn_dropout_prob"]

    def norm(self, p, name, x):
        return F.layer_norm(x, x.shape[-1:], p[f"{name}.weight"], p[f"{name}.bias"], self.epsilon)

    def __call__(self, p, x, mask, training, last_alone=False):
        """x [sequences, length, d]; `mask` [1 or sequences, 1, 1 or length, length] is added to the attention's logits.
        [sequences, length, d], or what stands at the last place, which looks at all that isn't masked there [sequences, d]."""
        for layer in range(self.layers):
            at = LAYER.format(layer) + "multi_head_attention."

            def project(names, x):
                weight, bias = (torch.cat([p[f"{at}{name}.{part}"] for name in names]) for part in ("weight", "bias"))
                return F.linear(x, weight, bias).chunk(len(names), 2)

            if last_alone and layer == self.layers - 1:
                key, value = project(["key", "value"], x)
                x = x[:, -1:]
                (query,), mask = project(["query"], x), mask[:, :, -1:]
            else:
                query, key, value = project(["query", "key", "value"], x)
            x = self.feed_forward(p, LAYER.format(layer), self.attention(query, key, value, mask, training), x, training)
        return x[:, 0] if last_alone else x

    def attention(self, query, key, value, mask, training):
        """[sequences, places, d]"""
        query, key, value = (x.unflatten(2, (self.heads, -1)).transpose(1, 2) for x in (query, key, value))
        if not training or self.attention_dropout == 0:
            return F.scaled_dot_product_attention(query, key, value, mask).transpose(1, 2).flatten(2)
        # PyTorch's fused attention on the CPU has no dropout.
        logits = query * query.shape[3] ** -0.5 @ key.transpose(2, 3) + mask
        weights = dropout(torch.softmax(logits, 3), self.attention_dropout, training)
        return (weights @ value).transpose(1, 2).flatten(2)

    def feed_forward(self, p, at, context, x, training):
        def linear(name, x):
            return F.linear(x, p[f"{at}{name}.weight"], p[f"{at}{name}.bias"])

        def add(name, of):
            return self.norm(p, at + name, dropout(of, self.hidden_dropout, training) + x)

        x = add("multi_head_attention.LayerNorm", linear("multi_head_attention.dense", context))
        hidden = F.gelu(linear("feed_forward.dense_1", x))
        return add("feed_forward.LayerNorm", linear("feed_forward.dense_2", hidden))
