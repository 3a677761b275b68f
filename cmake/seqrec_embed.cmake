# libseqrec: what others embed. The same sources as the rooms below infer/, compiled with SEQREC_INFERENCE, which
# compiles autograd's record() away, so that no backward code is in it.
