"""`train_config { ... }`: batch, steps, optimizer, learning rate, and what is started from."""

from training.configuration.pipeline_config.tree import Branch, Outcome

OPTIMIZATION = "optimization"
# What people put where a path belongs, as the API's samples do.
PLACEHOLDER = "PATH_TO_BE_CONFIGURED"
_OF_TPUS = ("sync_replicas", "replicas_to_aggregate", "startup_delay_steps",
            "unpad_groundtruth_tensors", "use_bfloat16")  # fmt: skip
_ADAM_RATE = 1e-3


def read_train_config(train: Branch) -> None:
    """Set the optimization, and the weights that it starts from."""
    batch = train.find("batch_size")
    if batch is not None:
        batch.maps((OPTIMIZATION, "batch_size"), int(batch.number()))
    steps = train.find("num_steps")
    if steps is not None:
        steps.maps((OPTIMIZATION, "steps"), int(steps.number()))
    clip = train.find("gradient_clipping_by_norm")
    if clip is not None:
        clip.maps((OPTIMIZATION, "gradient_clip_norm"), clip.number() or None)
    _read_start(train)
    optimizer = train.find("optimizer")
    if optimizer is not None:
        _read_optimizer(optimizer, None if steps is None else int(steps.number()))
    for name in _OF_TPUS:
        for each in train.all(name):
            each.note(Outcome.LEFT_OUT, "of training on several machines: `devices` here")
    boxes = train.find("max_number_of_boxes")
    if boxes is not None:
        boxes.note(Outcome.MAPS, "as many objects as an image has")


def _read_start(train: Branch) -> None:
    checkpoint = train.find("fine_tune_checkpoint")
    if checkpoint is None:
        return
    path = checkpoint.text()
    if not path or path.startswith(PLACEHOLDER):
        checkpoint.note(
            Outcome.LEFT_OUT, "a placeholder; the model's own default start is used: "
            "model.init_from says another",
        )  # fmt: skip
    else:
        checkpoint.maps(("model", "init_from"), path)
    for name in ("fine_tune_checkpoint_type", "fine_tune_checkpoint_version",
                 "from_detection_checkpoint", "load_all_detection_checkpoint_vars"):  # fmt: skip
        for each in train.all(name):
            each.note(Outcome.MAPS, "what fits is taken, and the run says what that was")


def _read_optimizer(optimizer: Branch, steps: int | None) -> None:
    for name, ours, but in (
        ("momentum_optimizer", "sgd", ""),
        ("adam_optimizer", "adamw", "weights decay beside the gradient"),
        ("rms_prop_optimizer", "adamw", "there is no RMSProp"),
    ):
        found = optimizer.find(name)
        if found is None:
            continue
        rate = found.find("learning_rate")
        if rate is not None:
            _read_rate(rate, steps, is_rms_prop=name == "rms_prop_optimizer")
        momentum = found.find("momentum_optimizer_value")
        if momentum is not None and ours == "sgd":
            same = momentum.number() == 0.9
            momentum.note(Outcome.MAPS if same else Outcome.DIFFERS,
                          "always 0.9 here, Nesterov's")  # fmt: skip
        path = (OPTIMIZATION, "optimizer")
        if but:
            found.differs(path, ours, but)
        else:
            found.maps(path, ours)
    averaged = optimizer.find("use_moving_average")
    decay = optimizer.find("moving_average_decay")
    # The API averages unless it is told not to.
    if averaged is not None and averaged.field.value is False:
        averaged.maps((OPTIMIZATION, "ema_decay"), None)
        if decay is not None:
            decay.note(Outcome.LEFT_OUT, "use_moving_average is false")
    elif decay is not None:
        decay.maps((OPTIMIZATION, "ema_decay"), decay.number())
    if averaged is not None and averaged.field.value is True:
        averaged.note(Outcome.MAPS, "optimization.ema_decay")


def _read_rate(rate: Branch, steps: int | None, *, is_rms_prop: bool) -> None:
    cosine = rate.find("cosine_decay_learning_rate")
    if cosine is not None:
        _read_cosine(cosine, steps, is_rms_prop=is_rms_prop)
    constant = rate.find("constant_learning_rate")
    if constant is not None:
        _set_rate(constant, "learning_rate", "constant", "", is_rms_prop=is_rms_prop)
    exponential = rate.find("exponential_decay_learning_rate")
    if exponential is not None:
        _set_rate(exponential, "initial_learning_rate", "cosine", "a cosine",
                  is_rms_prop=is_rms_prop)  # fmt: skip
    stepwise = rate.find("manual_step_learning_rate")
    if stepwise is not None:
        _set_rate(stepwise, "initial_learning_rate", "cosine", "a cosine in place of steps",
                  is_rms_prop=is_rms_prop)  # fmt: skip
        warm_up = stepwise.find("warmup")
        if warm_up is not None:
            warm_up.note(Outcome.DIFFERS, "optimization.warmup_steps, by default a twentieth")


def _set_rate(branch: Branch, name: str, schedule: str, but: str, *, is_rms_prop: bool) -> None:
    rate = branch.find(name)
    path = (OPTIMIZATION, "learning_rate")
    if rate is None:
        branch.also(path, _ADAM_RATE if is_rms_prop else 0.002)
    else:
        _rate(rate, is_rms_prop=is_rms_prop)
    branch.maps_or_differs((OPTIMIZATION, "schedule"), schedule, but)


def _rate(rate: Branch, *, is_rms_prop: bool) -> None:
    """RMSProp's rate is no rate of AdamW's."""
    path = (OPTIMIZATION, "learning_rate")
    if is_rms_prop:
        rate.differs(path, _ADAM_RATE, "what suits AdamW, in whose place RMSProp's rate is none")
    else:
        rate.maps(path, rate.number())


def _read_cosine(cosine: Branch, steps: int | None, *, is_rms_prop: bool) -> None:
    base = cosine.find("learning_rate_base")
    cosine.also((OPTIMIZATION, "schedule"), "cosine")
    if base is not None:
        _rate(base, is_rms_prop=is_rms_prop)
    else:
        cosine.also((OPTIMIZATION, "learning_rate"), _ADAM_RATE if is_rms_prop else 0.002)
    cosine.also((OPTIMIZATION, "final_share"), 0.0)
    warm_up = cosine.find("warmup_steps")
    if warm_up is not None:
        warm_up.maps((OPTIMIZATION, "warmup_steps"), int(warm_up.number()))
    start = cosine.find("warmup_learning_rate")
    if start is not None:
        same = start.number() == 0
        start.note(Outcome.MAPS if same else Outcome.DIFFERS, "the rate rises from 0 here")
    total = cosine.find("total_steps")
    if total is None:
        return
    whole = int(total.number())
    if steps is None or whole == steps:
        total.maps((OPTIMIZATION, "steps"), whole)
    elif whole > steps:
        total.maps((OPTIMIZATION, "steps"), whole)
        total.also((OPTIMIZATION, "stop_after_steps"), steps)
    else:
        total.note(Outcome.DIFFERS, f"optimization.steps {steps}, at whose end the rate is least")
