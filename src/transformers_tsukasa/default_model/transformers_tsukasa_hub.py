# This model is run by the package transformers-tsukasa; this file only leads there.
try:
    from transformers_tsukasa import TsukasaConfig, TsukasaFeatureExtractor, TsukasaModelForConditionalGeneration, TsukasaProcessor, TsukasaTokenizer  # noqa: F401
except ModuleNotFoundError as error:
    if error.name != "transformers_tsukasa":
        raise
    raise ImportError(
        "This model needs the package transformers-tsukasa: pip install . in its repository"
    ) from error
