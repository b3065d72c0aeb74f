"""The claims, one package per source, one module per section; each module reads beside the paper."""
