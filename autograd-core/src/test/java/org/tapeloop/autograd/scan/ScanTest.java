package org.tapeloop.autograd.scan;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.GraphMode;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.autograd.TensorTree;

class ScanTest {
  private final Generator generator = new Generator(7);

  private Tensor normal(int... extents) {
    return Tensor.normal(generator.next(), DType.F64, Shape.of(extents), 0, 0.5).leaf();
  }

  record LstmState(Tensor h, Tensor c) {}

  /** Compiled and eager must agree in outputs, final states, and the gradients of everything. */
  private static <S> void assertSame(
      Scan.StepFunction<List<Tensor>, S, Tensor> step,
      List<Tensor> xs,
      S initial,
      List<Tensor> parameters) {
    List<double[]> eager = results(Scan.over(step).in(ScanMode.EAGER), xs, initial, parameters);
    List<double[]> compiled =
        results(Scan.over(step).in(ScanMode.COMPILED), xs, initial, parameters);
    assertEquals(eager.size(), compiled.size());
    for (int i = 0; i < eager.size(); i++) {
      assertArrayEquals(eager.get(i), compiled.get(i), 1e-10, "result " + i);
    }
  }

  private static <S> List<double[]> results(
      Scan<List<Tensor>, S, Tensor> scan, List<Tensor> xs, S initial, List<Tensor> parameters) {
    var result = scan.run(xs, initial);
    Tensor loss = result.outputs().square().mul(0.5).sum();
    for (Tensor state : TensorTree.flatten(result.state())) {
      loss = loss.add(state.mul(0.3).sin().sum());
    }
    List<Tensor> wrt = new ArrayList<>(xs);
    wrt.addAll(TensorTree.flatten(initial));
    wrt.addAll(parameters);
    Map<Tensor, Tensor> gradients = loss.gradients(wrt);
    List<double[]> all = new ArrayList<>();
    all.add(result.outputs().toDoubleArray());
    TensorTree.flatten(result.state()).forEach(s -> all.add(s.toDoubleArray()));
    wrt.forEach(t -> all.add(gradients.get(t).toDoubleArray()));
    return all;
  }

  @Test
  void biasesOfOneUnitAgreeWhateverTheirShape() {
    Tensor w = normal(3, 1);
    Tensor u = normal(1, 1);
    Tensor b = normal(1);
    Tensor uniform = Tensor.full(DType.F64, Shape.of(2, 1), 0.25);
    assertSame(
        (x, h) -> {
          Tensor sum = x.getFirst().matmul(w).add(b).add(h.matmul(u)).add(uniform);
          Tensor next = sum.tanh();
          return new Scan.Next<>(next, next);
        },
        List.of(normal(5, 2, 3)),
        normal(2, 1),
        List.of(w, u, b));
  }

  @Test
  void anElmanStepAgrees() {
    Tensor w = normal(4, 3);
    Tensor b = normal(4);
    Tensor u = normal(4, 4);
    Tensor b2 = normal(4);
    assertSame(
        (x, h) -> {
          Tensor next = x.getFirst().affine(w, b).add(h.affine(u, b2)).tanh();
          return new Scan.Next<>(next, next);
        },
        List.of(normal(5, 2, 3)),
        normal(2, 4),
        List.of(w, b, u, b2));
  }

  @Test
  void anLstmStepAgrees() {
    Tensor w = normal(16, 3);
    Tensor b = normal(16);
    Tensor u = normal(16, 4);
    Tensor b2 = normal(16);
    assertSame(
        (x, s) -> {
          var z = x.getFirst().affine(w, b).add(s.h().affine(u, b2)).chunk(4);
          var c = z.get(1).sigmoid().mul(s.c()).add(z.get(0).sigmoid().mul(z.get(2).tanh()));
          var h = z.get(3).sigmoid().mul(c.tanh());
          return new Scan.Next<>(h, new LstmState(h, c));
        },
        List.of(normal(5, 2, 3)),
        new LstmState(normal(2, 4), normal(2, 4)),
        List.of(w, b, u, b2));
  }

  @Test
  void aGruStepAgrees() {
    Tensor w = normal(12, 3);
    Tensor b = normal(12);
    Tensor u = normal(12, 4);
    Tensor b2 = normal(12);
    assertSame(
        (x, h) -> {
          var a = x.getFirst().affine(w, b).chunk(3);
          var v = h.affine(u, b2).chunk(3);
          var r = a.get(0).add(v.get(0)).sigmoid();
          var z = a.get(1).add(v.get(1)).sigmoid();
          var n = a.get(2).add(r.mul(v.get(2))).tanh();
          var next = n.add(z.mul(h.sub(n)));
          return new Scan.Next<>(next, next);
        },
        List.of(normal(6, 3, 3)),
        normal(3, 4),
        List.of(w, b, u, b2));
  }

  @Test
  void aMinimalGatedUnitWithTwoProductsInARowAgrees() {
    Tensor w = normal(8, 3);
    Tensor u = normal(4, 4);
    Tensor v = normal(4, 4);
    Tensor b = normal(8);
    assertSame(
        (x, h) -> {
          var a = x.getFirst().affine(w, b).chunk(2);
          var f = a.get(0).add(h.matmul(u)).sigmoid();
          var n = a.get(1).add(f.mul(h).matmul(v)).tanh();
          var next = h.add(f.mul(n.sub(h)));
          return new Scan.Next<>(next, next);
        },
        List.of(normal(4, 2, 3)),
        normal(2, 4),
        List.of(w, u, v, b));
  }

  @Test
  void layerNormsInsideTheStepAgree() {
    Tensor w = normal(4, 3);
    Tensor u = normal(4, 4);
    Tensor gain = normal(4);
    Tensor shift = normal(4);
    assertSame(
        (x, h) -> {
          Tensor z = x.getFirst().affine(w, null).layerNorm(1, gain, shift, 1e-5);
          Tensor r = h.affine(u, null).layerNorm(1, gain, null, 1e-5);
          Tensor next = z.add(r).tanh();
          return new Scan.Next<>(next, next);
        },
        List.of(normal(4, 2, 3)),
        normal(2, 4),
        List.of(w, u, gain, shift));
  }

  @Test
  void layerNormsOfPiecesOfARowAgree() {
    Tensor w = normal(6, 3);
    Tensor u = normal(6, 6);
    assertSame(
        (x, h) -> {
          Tensor z = x.getFirst().affine(w, null).add(h.matmul(u)).reshape(Shape.of(2, 2, 3));
          Tensor next = z.layerNorm(1, null, null, 1e-3).reshape(Shape.of(2, 6)).tanh();
          return new Scan.Next<>(next, next);
        },
        List.of(normal(4, 2, 3)),
        normal(2, 6),
        List.of(w, u));
  }

  @Test
  void anOutputThatNoStateNeedsAgrees() {
    Tensor w = normal(4, 3);
    Tensor u = normal(4, 4);
    Tensor v = normal(4, 5);
    assertSame(
        (x, h) -> {
          Tensor next = x.getFirst().affine(w, null).add(h.matmul(u)).tanh();
          return new Scan.Next<>(next.matmul(v).sigmoid(), next);
        },
        List.of(normal(4, 2, 3)),
        normal(2, 4),
        List.of(w, u, v));
  }

  @Test
  void masksAndStatesThatSkipAgree() {
    Tensor w = normal(4, 3);
    Tensor u = normal(4, 4);
    Tensor p = normal(4);
    assertSame(
        (x, s) -> {
          Tensor next = x.get(0).affine(w, null).add(s.c().matmul(u)).add(s.h().mul(p)).tanh();
          Tensor kept = x.get(1).gt(0).where(next, s.h());
          return new Scan.Next<>(kept, new LstmState(kept, s.h()));
        },
        List.of(normal(6, 2, 3), normal(6, 2, 1)),
        new LstmState(normal(2, 4), normal(2, 4)),
        List.of(w, u, p));
  }

  @Test
  void onePlanServesOtherTimesBatchesAndParameters() {
    Tensor[] w = {normal(4, 3)};
    Scan.StepFunction<Tensor, Tensor, Tensor> step =
        (x, h) -> {
          Tensor next = x.affine(w[0], null).sigmoid().mul(h).add(h.mul(0.5)).tanh();
          return new Scan.Next<>(next, next);
        };
    var eager = Scan.over(step).in(ScanMode.EAGER);
    var compiled = Scan.over(step).in(ScanMode.COMPILED);
    for (int[] size : new int[][] {{5, 3}, {2, 3}, {7, 4}, {1, 1}, {5, 3}}) {
      w[0] = normal(4, 3);
      Tensor x = normal(size[0], size[1], 3);
      Tensor h = normal(size[1], 4);
      assertArrayEquals(
          gradients(eager.run(x, h), x, h, w[0]), gradients(compiled.run(x, h), x, h, w[0]), 1e-12);
    }
  }

  private static double[] gradients(Scan.Result<Tensor, Tensor> result, Tensor... wrt) {
    Map<Tensor, Tensor> found = result.outputs().square().sum().gradients(wrt);
    return Tensor.cat(Arrays.stream(wrt).map(t -> found.get(t).reshape(-1)).toList(), 0)
        .toDoubleArray();
  }

  @Test
  void aLossOfOneResultAloneAgrees() {
    Tensor w = normal(4, 3);
    Tensor u = normal(4, 4);
    Scan.StepFunction<Tensor, Tensor, List<Tensor>> step =
        (x, h) -> {
          Tensor next = x.affine(w, null).add(h.matmul(u)).tanh();
          return new Scan.Next<>(List.of(next.square(), next.matmul(u).sigmoid()), next);
        };
    Tensor x = normal(5, 2, 3);
    Tensor h = normal(2, 4);
    for (int only = 0; only < 3; only++) {
      List<double[]> both = new ArrayList<>();
      for (ScanMode mode : List.of(ScanMode.EAGER, ScanMode.COMPILED)) {
        var result = Scan.over(step).in(mode).run(x, h);
        Tensor y = only < 2 ? result.outputs().get(only) : result.state();
        Map<Tensor, Tensor> found = y.sin().sum().gradients(x, h, w, u);
        both.add(
            Tensor.cat(found.values().stream().map(g -> g.reshape(-1)).toList(), 0)
                .toDoubleArray());
      }
      assertArrayEquals(both.get(0), both.get(1), 1e-12, "result " + only);
    }
  }

  @Test
  void aStepThatLooksAtValuesCannotBeCompiled() {
    Scan.StepFunction<Tensor, Tensor, Tensor> step =
        (x, h) -> new Scan.Next<>(x.sum().item() > 0 ? h : x, h);
    Tensor x = normal(2, 2, 4);
    Tensor h = normal(2, 4);
    assertThrows(
        NotCompilableException.class, () -> Scan.over(step).in(ScanMode.COMPILED).run(x, h));
    assertEquals(Shape.of(2, 2, 4), Scan.over(step).in(ScanMode.AUTO).run(x, h).outputs().shape());
  }

  @Test
  void higherDerivativesFlowThroughTensorsThatTheStepComputesFromParameters() {
    Tensor w = normal(6, 3);
    Tensor x = normal(4, 2, 3);
    List<double[]> all = new ArrayList<>();
    for (ScanMode mode : List.of(ScanMode.EAGER, ScanMode.COMPILED)) {
      Scan<Tensor, Tensor, Tensor> scan =
          Scan.over(
              (Tensor in, Tensor h) -> {
                List<Tensor> halves = w.mul(w).chunk(2, 0);
                Tensor next = in.affine(halves.get(0), null).add(h.affine(halves.get(1), null));
                return new Scan.Next<>(next.tanh(), next.tanh());
              });
      // The input is computed from the captured tensor too, which must not count it twice.
      Tensor loss =
          scan.in(mode)
              .run(x.mul(w.sum()), Tensor.zeros(DType.F64, Shape.of(2, 3)))
              .outputs()
              .sum();
      Map<Tensor, Tensor> first = loss.gradients(List.of(w, x), GraphMode.CREATE);
      Tensor along = first.get(w).square().sum().add(first.get(x).sin().sum());
      Map<Tensor, Tensor> second = along.gradients(w, x);
      all.add(first.get(w).toDoubleArray());
      all.add(second.get(w).toDoubleArray());
      all.add(second.get(x).toDoubleArray());
    }
    for (int i = 0; i < 3; i++) {
      assertArrayEquals(all.get(i), all.get(i + 3), 1e-10, "result " + i);
    }
  }

  @Test
  void aMatrixForEachRowAgrees() {
    Tensor w = normal(3, 3);
    Tensor u = normal(3);
    Tensor still = normal(2, 2, 3);
    assertSame(
        (x, c) -> {
          Tensor v = x.getFirst().matmul(w);
          Tensor k = x.getFirst().mul(u).tanh();
          Tensor next = c.mul(0.5).add(v.unsqueeze(2).mul(k.unsqueeze(1)));
          Tensor read = next.mul(k.unsqueeze(1)).sum(2);
          Tensor mixed = next.mul(still.sum(1).unsqueeze(2)).sum(1);
          Tensor all = next.mul(still.select(1, 0).reshape(2, 1, 3)).sum(new int[] {1, 2}, true);
          return new Scan.Next<>(read.add(mixed).add(all.reshape(2, 1)), next);
        },
        List.of(normal(4, 2, 3)),
        normal(2, 3, 3),
        List.of(w, u, still));
  }

  @Test
  void aCapturedVectorAppliesToEachRowOfAMatrix() {
    Tensor score = normal(3);
    Tensor column = normal(1, 4, 1);
    Tensor keys = normal(2, 4, 3);
    assertSame(
        (x, c) -> {
          Tensor joint = c.unsqueeze(1).add(keys).tanh();
          Tensor scores = joint.mul(score).sum(2);
          Tensor scaled = joint.mul(column).sum(1);
          Tensor next = x.getFirst().add(scores.unsqueeze(2).mul(keys).sum(1)).add(scaled);
          return new Scan.Next<>(scores, next.tanh());
        },
        List.of(normal(3, 2, 3)),
        normal(2, 3),
        List.of(score, column, keys));
  }

  @Test
  void anotherStepOfTheSameOperationsUsesItsOwnTensors() {
    Tensor x = normal(3, 2, 4);
    Scan<Tensor, Tensor, Tensor> scan = Scan.over(masked(Tensor.ones(DType.F64, Shape.of(2, 4))));
    Tensor zeros = Tensor.zeros(DType.F64, Shape.of(2, 4));
    for (int mask = 0; mask < 3; mask++) {
      Tensor factors = normal(2, 4);
      var compiled = scan.in(ScanMode.COMPILED).of(masked(factors)).run(x, zeros);
      var eager = scan.in(ScanMode.EAGER).of(masked(factors)).run(x, zeros);
      assertArrayEquals(eager.outputs().toDoubleArray(), compiled.outputs().toDoubleArray(), 1e-12);
    }
  }

  private static Scan.StepFunction<Tensor, Tensor, Tensor> masked(Tensor mask) {
    return (x, h) -> {
      Tensor next = x.add(h.mul(mask)).tanh();
      return new Scan.Next<>(next, next);
    };
  }
}
