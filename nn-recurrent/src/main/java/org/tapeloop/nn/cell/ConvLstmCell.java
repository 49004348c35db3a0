package org.tapeloop.nn.cell;

import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.LstmState;
import org.tapeloop.nn.Parameter;
import org.tapeloop.nn.RecurrentCell;
import org.tapeloop.nn.SequenceRun;
import org.tapeloop.nn.Step;

/**
 * Convolutional LSTM over one spatial axis: an LSTM at each place, whose products are convolutions
 * with the places around it.
 *
 * <pre>
 * i, f, g, o = blocks of  W (*) x + U (*) h + b
 * c' = sigmoid(f) * c + sigmoid(i) * tanh(g)
 * h' = sigmoid(o) * tanh(c')
 * </pre>
 *
 * <p>(*) is the cross-correlation with zeros beyond the ends, so that the length L stays. Shapes: x
 * [B, C L], h and c [B, K L], places within channels; parameters {@code weight_ih} [4K, C, width],
 * {@code weight_hh} [4K, K, width], {@code bias} [4K]. inputSize is C L and hiddenSize K L.
 *
 * <p>The convolutions are computed as products with banded matrices, made once a sequence.
 *
 * <p>Source: Shi et al. 2015, arXiv 1506.04214, without its peepholes.
 */
public final class ConvLstmCell extends SizedCell<LstmState> {
  private final int length;
  private final Parameter weightIh;
  private final Parameter weightHh;
  private final Parameter bias;
  private final BandedMatrix ofInput;
  private final BandedMatrix ofState;

  /**
   * A cell with random weights.
   *
   * @param channels C
   * @param hiddenChannels K
   * @param length L
   * @param width of the filters, odd
   */
  public ConvLstmCell(
      int channels, int hiddenChannels, int length, int width, Generator generator) {
    super(channels * length, hiddenChannels * length, generator);
    if (width < 1 || width % 2 == 0) {
      throw new IllegalArgumentException("ConvLstmCell: width must be odd, not " + width);
    }
    this.length = length;
    weightIh = weight("weight_ih", 4 * hiddenChannels, channels, width);
    weightHh = weight("weight_hh", 4 * hiddenChannels, hiddenChannels, width);
    bias = weight("bias", 4 * hiddenChannels);
    ofInput = BandedMatrix.of(weightIh.shape(), length);
    ofState = BandedMatrix.of(weightHh.shape(), length);
  }

  @Override
  public LstmState initialState(int batch) {
    return new LstmState(zeros(batch), zeros(batch));
  }

  @Override
  public Step<LstmState> step(Tensor x, LstmState s) {
    return SequenceRun.ofOneStep(this, x, s);
  }

  @Override
  public RecurrentCell<LstmState> forSequence(SequenceRun run) {
    var input = ofInput.matrix(weightIh.value());
    var recurrent = ofState.matrix(weightHh.value());
    var shift = bias.value().unsqueeze(-1).expand(-1, length).reshape(-1);
    return SequenceRun.prepared(
        this,
        (x, s) -> {
          var z = x.affine(input, shift).add(s.h().affine(recurrent, null)).chunk(4);
          var c = z.get(1).sigmoid().mul(s.c()).add(z.get(0).sigmoid().mul(z.get(2).tanh()));
          var h = z.get(3).sigmoid().mul(c.tanh());
          return new Step<>(h, new LstmState(h, c));
        });
  }
}
