package org.tapeloop.nn;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tapeloop.autograd.GradCheck;
import org.tapeloop.autograd.RandomStream;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.autograd.TensorTree;

/**
 * Checks the derivatives of a cell against finite differences: those of the output and of the next
 * state, by the input, the state before, and each parameter.
 *
 * <pre>{@code
 * GruCell cell = new GruCell(3, 4, new Generator(1));
 * cell.to(DType.F64);
 * Tensor x = Tensor.normal(new RandomStream(2, 0), DType.F64, Shape.of(2, 3), 0, 1);
 * Tensor h = Tensor.normal(new RandomStream(2, 1), DType.F64, Shape.of(2, 4), 0, 1);
 * CellCheck.check(cell, x, h);
 * }</pre>
 */
public final class CellCheck {
  private CellCheck() {}

  /**
   * Checks a step by {@link GradCheck#DEFAULTS}, first and second derivatives.
   *
   * @param cell of parameters in F64; one that drops something is in evaluation mode
   * @param x the input [B, I], in F64
   * @param state its tensors in F64; where nothing is smooth, away from the edges
   * @throws AssertionError naming the worst entry, if a derivative is wrong; or naming an input, a
   *     tensor of the state or a parameter, if nothing depends on it; or if the step reads what
   *     could be trained but is no parameter of the cell, as those of an undeclared part are
   * @throws IllegalArgumentException if one of them is not F64
   */
  public static <S, C extends Layer & RecurrentCell<S>> void check(C cell, Tensor x, S state) {
    check(GradCheck.DEFAULTS, cell, x, state);
  }

  /** As {@link #check(Layer, Tensor, Object)}, with settings of its own. */
  public static <S, C extends Layer & RecurrentCell<S>> void check(
      GradCheck settings, C cell, Tensor x, S state) {
    Map<String, Tensor> all = new LinkedHashMap<>();
    all.put("input", x);
    TensorTree.flatten(state).forEach(part -> all.put("state " + (all.size() - 1), part));
    cell.parameters().forEach((name, p) -> all.put("parameter " + name, p.value()));
    settings.verify(all, named -> result(cell, state, List.copyOf(named.values())));
    requireInfluence(cell, state, all);
    requireDeclared(cell, state, all);
  }

  /**
   * The output and the next state, side by side [B, ...].
   *
   * @param operands the input, the tensors of the state, and the parameters in their order
   */
  private static <S, C extends Layer & RecurrentCell<S>> Tensor result(
      C cell, S like, List<Tensor> operands) {
    int states = TensorTree.flatten(like).size();
    Map<String, Tensor> parameters = new LinkedHashMap<>();
    for (String name : cell.parameters().keySet()) {
      parameters.put(name, operands.get(1 + states + parameters.size()));
    }
    S state = TensorTree.rebuild(like, operands.subList(1, 1 + states));
    return cell.withValues(
        parameters,
        () -> {
          Step<S> step = SequenceRun.ofOneStep(cell, operands.getFirst(), state);
          List<Tensor> parts =
              TensorTree.flatten(step).stream()
                  .map(part -> part.reshape(part.extent(0), part.size() / part.extent(0)))
                  .toList();
          return Tensor.cat(parts, 1);
        });
  }

  /** Where input, state and parameters are constants, only what is none of them is recorded. */
  private static <S, C extends Layer & RecurrentCell<S>> void requireDeclared(
      C cell, S state, Map<String, Tensor> all) {
    List<Tensor> constants = all.values().stream().map(Tensor::detach).toList();
    if (result(cell, state, constants).requiresGrad()) {
      throw new AssertionError(
          "cellcheck: the step reads a leaf that is no parameter of the cell, and so is neither"
              + " trained nor saved; are all parts declared with child(...)?");
    }
  }

  /** What is never read passes every check of derivatives, as 0 = 0. */
  private static <S, C extends Layer & RecurrentCell<S>> void requireInfluence(
      C cell, S state, Map<String, Tensor> all) {
    List<Tensor> leaves = all.values().stream().map(t -> t.detach().leaf()).toList();
    Tensor result = result(cell, state, leaves);
    Tensor weights = Tensor.normal(new RandomStream(1, 0), result.dtype(), result.shape(), 0, 1);
    List<Tensor> gradients = List.copyOf(result.mul(weights).sum().gradients(leaves).values());
    List<String> names = List.copyOf(all.keySet());
    for (int i = 0; i < names.size(); i++) {
      if (gradients.get(i).abs().max().item() == 0) {
        throw new AssertionError(
            "cellcheck: %s: neither output nor next state depends on it".formatted(names.get(i)));
      }
    }
  }
}
