package org.tapeloop.nn.seq2seq;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.tapeloop.nn.seq2seq.EncoderDecoderTest.READ;
import static org.tapeloop.nn.seq2seq.EncoderDecoderTest.normal;
import static org.tapeloop.nn.seq2seq.EncoderDecoderTest.refused;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.ElmanCell;
import org.tapeloop.nn.GruCell;
import org.tapeloop.nn.Lengths;
import org.tapeloop.nn.Parameter;
import org.tapeloop.nn.Recurrent;
import org.tapeloop.nn.attention.AdditiveAttention;
import org.tapeloop.nn.attention.CoverageAttention;
import org.tapeloop.nn.attention.DecoderAttention;
import org.tapeloop.nn.attention.DotAttention;
import org.tapeloop.nn.attention.GeneralAttention;
import org.tapeloop.nn.attention.MultiHeadAttention;
import org.tapeloop.nn.seq2seq.AttentionCell.Feeding;

class AttentionCellTest {
  @Test
  void theCellIsItsEquationsInPlainLoops() {
    Generator g = new Generator(6);
    var cell =
        new AttentionCell<>(
            new ElmanCell(2 + 3, 3, g), 3, new GeneralAttention(3, 2, g), 2, Feeding.INPUT, g);
    cell.to(DType.F64);
    Tensor x = normal(1, 4, 1, 2);
    Tensor memory = normal(2, 3, 1, 2);
    Tensor out = cell.over(memory, null, () -> Recurrent.forward(cell).forward(x).output());
    Map<String, Parameter> p = cell.parameters();
    double[] h = new double[3];
    double[] v = new double[3];
    for (int t = 0; t < 4; t++) {
      double[] input = {x.get(t, 0, 0), x.get(t, 0, 1), v[0], v[1], v[2]};
      double[] next = new double[3];
      for (int i = 0; i < 3; i++) {
        double sum = p.get("bias_ih").value().get(i) + p.get("bias_hh").value().get(i);
        for (int k = 0; k < 5; k++) {
          sum += p.get("weight_ih").value().get(i, k) * input[k];
        }
        for (int k = 0; k < 3; k++) {
          sum += p.get("weight_hh").value().get(i, k) * h[k];
        }
        next[i] = Math.tanh(sum);
      }
      h = next;
      double[] context = new double[2];
      double total = 0;
      for (int n = 0; n < 3; n++) {
        double score = 0;
        for (int i = 0; i < 3; i++) {
          for (int k = 0; k < 2; k++) {
            score += h[i] * p.get("attention.weight_score").value().get(i, k) * memory.get(n, 0, k);
          }
        }
        total += Math.exp(score);
        context[0] += Math.exp(score) * memory.get(n, 0, 0);
        context[1] += Math.exp(score) * memory.get(n, 0, 1);
      }
      double[] joint = {context[0] / total, context[1] / total, h[0], h[1], h[2]};
      for (int i = 0; i < 3; i++) {
        double sum = 0;
        for (int k = 0; k < 5; k++) {
          sum += p.get("combine.weight_combine").value().get(i, k) * joint[k];
        }
        v[i] = Math.tanh(sum);
        assertEquals(v[i], out.get(t, 0, i), 1e-12, "step " + t);
      }
    }
  }

  @Test
  void coverageAddsUpWhatWasAttendedToAgain() {
    Generator g = new Generator(7);
    CoverageAttention attention = new CoverageAttention(3, 2, 3, g);
    var cell = new AttentionCell<>(new GruCell(2, 3, g), 3, attention, 2, Feeding.NONE, g);
    cell.to(DType.F64);
    Tensor x = normal(3, 4, 2, 2);
    Tensor memory = normal(4, 5, 2, 2);
    Lengths steps = Lengths.of(4, 2);
    var state =
        cell.over(memory, READ, () -> Recurrent.forward(cell).forward(x, steps, null).state());
    Tensor penalty = CoverageAttention.penalty(state.attention());
    // The same from the outputs of the cell alone.
    Tensor h = Recurrent.forward(cell.inner()).forward(x).output();
    CoverageAttention.Memory read = attention.over(memory, READ);
    Tensor coverage = read.initialCoverage();
    double[] expected = new double[2];
    for (int t = 0; t < 4; t++) {
      CoverageAttention.Covered step = read.attend(h.select(0, t), coverage);
      coverage = step.coverage();
      for (int b = 0; b < 2; b++) {
        expected[b] += t < steps.get(b) ? step.loss().get(b) : 0;
      }
    }
    assertArrayEquals(expected, penalty.toDoubleArray(), 1e-12);
    assertTrue(expected[1] > 0);
    assertThrows(IllegalStateException.class, () -> cell.initialState(1));
  }

  @Test
  void sizesThatContradictEachOtherAreRefused() {
    Generator g = new Generator(3);
    GruCell inner = new GruCell(3 + 2, 2, g);
    List<DecoderAttention> attentions =
        List.of(
            new AdditiveAttention(2, 4, 3, g),
            new CoverageAttention(2, 4, 3, g),
            new MultiHeadAttention(2, 1, 4, 4, true, g));
    for (DecoderAttention attention : attentions) {
      attention.checkSizes(2, 4);
      refused("queries have 3 features, not 2", () -> attention.checkSizes(3, 4));
      refused("keys have 5 features, not 4", () -> attention.checkSizes(2, 5));
    }
    refused(
        "AdditiveAttention: keys have 4 features, not 5",
        () -> new AttentionCell<>(inner, 2, new AdditiveAttention(2, 5, 3, g), 4, Feeding.NONE, g));
    var cell = new AttentionCell<>(inner, 3, new DotAttention(), 3, Feeding.NONE, g);
    Tensor x = Tensor.zeros(1, 1, 5);
    refused(
        "attention cell: the inner cell has 2 outputs, not 3",
        () -> cell.over(Tensor.zeros(4, 1, 3), null, () -> Recurrent.forward(cell).forward(x)));
  }
}
