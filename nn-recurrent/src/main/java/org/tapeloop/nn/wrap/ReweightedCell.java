package org.tapeloop.nn.wrap;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Layer;
import org.tapeloop.nn.Parameter;
import org.tapeloop.nn.RecurrentCell;
import org.tapeloop.nn.SequenceRun;
import org.tapeloop.nn.Step;

/**
 * A cell some of whose parameters are replaced, once a sequence, by tensors computed from them.
 *
 * @param <S> the state
 */
abstract class ReweightedCell<S> extends WrappedCell<S> {
  private final Layer layer;
  private final List<String> names;

  /**
   * @param names of parameters of the cell
   */
  <C extends Layer & RecurrentCell<S>> ReweightedCell(C inner, List<String> names) {
    super(inner);
    this.layer = inner;
    this.names = List.copyOf(names);
    Map<String, Parameter> known = inner.parameters();
    for (String name : names) {
      if (!known.containsKey(name)) {
        throw new IllegalArgumentException(
            "%s: no parameter '%s' among %s"
                .formatted(getClass().getSimpleName(), name, known.keySet()));
      }
    }
  }

  /** Whether parameters are replaced at all. */
  abstract boolean isActive();

  /** What stands in for a parameter. */
  abstract Tensor replacement(String name, Tensor value);

  @Override
  public final RecurrentCell<S> forSequence(SequenceRun run) {
    if (!isActive()) {
      return inner().forSequence(run);
    }
    Map<String, Parameter> parameters = layer.parameters();
    Map<String, Tensor> values = new HashMap<>();
    parameters.forEach(
        (name, parameter) -> {
          if (names.contains(name)) {
            values.put(name, replacement(name, parameter.value()));
          }
        });
    RecurrentCell<S> cell = layer.withValues(values, () -> inner().forSequence(run));
    return SequenceRun.prepared(
        this, (x, state) -> layer.withValues(values, () -> cell.step(x, state)));
  }

  @Override
  final BiFunction<Tensor, S, Step<S>> around(SequenceRun run, RecurrentCell<S> cell) {
    return cell::step;
  }
}
