package org.tapeloop.nn.cell;

import static java.lang.Math.abs;
import static java.lang.Math.cos;
import static java.lang.Math.exp;
import static java.lang.Math.log;
import static java.lang.Math.max;
import static java.lang.Math.sin;
import static java.lang.Math.sqrt;
import static java.lang.Math.tanh;
import static org.tapeloop.nn.cell.Weights.each;
import static org.tapeloop.nn.cell.Weights.mul;
import static org.tapeloop.nn.cell.Weights.normal;
import static org.tapeloop.nn.cell.Weights.out;
import static org.tapeloop.nn.cell.Weights.relu;
import static org.tapeloop.nn.cell.Weights.sig;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.tapeloop.autograd.Generator;
import org.tapeloop.nn.ElmanCell;
import org.tapeloop.nn.ElmanCell.Activation;
import org.tapeloop.nn.GruCell;
import org.tapeloop.nn.Layer;
import org.tapeloop.nn.LstmCell;
import org.tapeloop.nn.ProjectedLstmCell;
import org.tapeloop.nn.RecurrentCell;
import org.tapeloop.nn.cell.ScalarLstmCell.ForgetGate;

/**
 * Every cell, with its equations written once more: unit by unit, in plain doubles, from the
 * parameters by name. What is asserted of each is in {@link CellTest}.
 */
final class CellTable {
  static final int I = 2;
  static final int H = 3;

  private static final List<Row<?, ?>> ROWS = new ArrayList<>();

  private CellTable() {}

  /** The equations of a step for one row of the batch: the output and then the new states. */
  @FunctionalInterface
  interface Equations {
    List<double[]> step(Weights w, double[] x, double[][] s);
  }

  /** A cell. */
  record Row<S, C extends Layer & RecurrentCell<S>>(
      String name, Function<Generator, C> maker, Equations equations) {

    @Override
    public String toString() {
      return name;
    }
  }

  static List<Row<?, ?>> rows() {
    return ROWS;
  }

  private static <S, C extends Layer & RecurrentCell<S>> void row(
      String name, Function<Generator, C> maker, Equations equations) {
    ROWS.add(new Row<>(name, maker, equations));
  }

  /** {@code W x + b} and then {@code U h}, which most cells add up. */
  private static double sum(Weights w, int unit, double[] x, double[] h) {
    return w.dot("weight_ih", unit, x) + w.dot("weight_hh", unit, h) + w.at("bias", unit);
  }

  /** As {@link #sum} with PyTorch's two biases. */
  private static double sum2(Weights w, int unit, double[] x, double[] h) {
    return w.dot("weight_ih", unit, x)
        + w.dot("weight_hh", unit, h)
        + w.at("bias_ih", unit)
        + w.at("bias_hh", unit);
  }

  private static double in(Weights w, int unit, double[] x) {
    return w.dot("weight_ih", unit, x) + w.at("bias", unit);
  }

  private static double mix(double gate, double a, double b) {
    return gate * a + (1 - gate) * b;
  }

  static {
    // ---- Elman, Jordan ----
    row(
        "elman tanh",
        g -> new ElmanCell(I, H, g),
        (w, x, s) -> {
          double[] h = each(H, j -> tanh(sum2(w, j, x, s[0])));
          return out(h, h);
        });
    row(
        "elman relu",
        g -> new ElmanCell(I, H, Activation.RELU, g),
        (w, x, s) -> {
          double[] h = each(H, j -> relu(sum2(w, j, x, s[0])));
          return out(h, h);
        });
    row(
        "jordan",
        g -> new JordanCell(I, H, 2, g),
        (w, x, s) -> {
          double[] h = each(H, j -> tanh(sum(w, j, x, s[0])));
          double[] y = each(2, j -> tanh(w.dot("weight_ho", j, h) + w.at("bias_o", j)));
          return out(y, y);
        });

    // ---- LSTM and its relatives ----
    row(
        "lstm",
        g -> new LstmCell(I, H, g),
        (w, x, s) -> {
          double[] z = each(4 * H, k -> sum2(w, k, x, s[0]));
          double[] c = each(H, j -> sig(z[H + j]) * s[1][j] + sig(z[j]) * tanh(z[2 * H + j]));
          double[] h = each(H, j -> sig(z[3 * H + j]) * tanh(c[j]));
          return out(h, h, c);
        });
    row(
        "projected lstm",
        g -> new ProjectedLstmCell(I, H, 2, g),
        (w, x, s) -> {
          double[] z = each(4 * H, k -> sum2(w, k, x, s[0]));
          double[] c = each(H, j -> sig(z[H + j]) * s[1][j] + sig(z[j]) * tanh(z[2 * H + j]));
          double[] full = each(H, j -> sig(z[3 * H + j]) * tanh(c[j]));
          double[] h = each(2, j -> w.dot("weight_hr", j, full));
          return out(h, h, c);
        });
    row(
        "peephole lstm",
        g -> new PeepholeLstmCell(I, H, g),
        (w, x, s) -> {
          double[] z = each(4 * H, k -> sum(w, k, x, s[0]));
          double[] p = w.all("peephole");
          double[] c =
              each(
                  H,
                  j ->
                      sig(z[H + j] + p[H + j] * s[1][j]) * s[1][j]
                          + sig(z[j] + p[j] * s[1][j]) * tanh(z[2 * H + j]));
          double[] h = each(H, j -> sig(z[3 * H + j] + p[2 * H + j] * c[j]) * tanh(c[j]));
          return out(h, h, c);
        });
    row(
        "coupled lstm",
        g -> new CoupledLstmCell(I, H, g),
        (w, x, s) -> {
          double[] z = each(3 * H, k -> sum(w, k, x, s[0]));
          double[] c = each(H, j -> mix(sig(z[j]), s[1][j], tanh(z[H + j])));
          double[] h = each(H, j -> sig(z[2 * H + j]) * tanh(c[j]));
          return out(h, h, c);
        });
    row(
        "layer norm lstm",
        g -> new LayerNormLstmCell(I, H, g),
        (w, x, s) -> {
          double[] u = each(4 * H, k -> w.dot("weight_hh", k, s[0]));
          double[] v = each(4 * H, k -> w.dot("weight_ih", k, x));
          double[] nu = normal(u, w.all("gain_hh"), w.all("shift_hh"));
          double[] nv = normal(v, w.all("gain_ih"), w.all("shift_ih"));
          double[] z = each(4 * H, k -> nu[k] + nv[k] + w.at("bias", k));
          double[] c = each(H, j -> sig(z[H + j]) * s[1][j] + sig(z[j]) * tanh(z[2 * H + j]));
          double[] nc = normal(c, w.all("gain_c"), w.all("shift_c"));
          double[] h = each(H, j -> sig(z[3 * H + j]) * tanh(nc[j]));
          return out(h, h, c);
        });
    row(
        "janet",
        g -> new JanetCell(I, H, g),
        (w, x, s) -> {
          double[] c =
              each(
                  H,
                  j -> {
                    double f = sum(w, j, x, s[0]);
                    return sig(f) * s[0][j] + (1 - sig(f - 1)) * tanh(sum(w, H + j, x, s[0]));
                  });
          return out(c, c);
        });
    row(
        "multiplicative lstm",
        g -> new MultiplicativeLstmCell(I, H, g),
        (w, x, s) -> {
          double[] m = each(H, j -> w.dot("weight_im", j, x) * w.dot("weight_hm", j, s[0]));
          double[] z = each(4 * H, k -> sum(w, k, x, m));
          double[] c = each(H, j -> sig(z[H + j]) * s[1][j] + sig(z[j]) * tanh(z[2 * H + j]));
          double[] h = each(H, j -> sig(z[3 * H + j]) * tanh(c[j]));
          return out(h, h, c);
        });
    row(
        "working memory lstm",
        g -> new WorkingMemoryLstmCell(I, H, g),
        (w, x, s) -> {
          double[] z = each(4 * H, k -> sum(w, k, x, s[0]));
          double[] c =
              each(
                  H,
                  j -> {
                    double i = sig(z[j] + tanh(w.dot("weight_ch", j, s[1])));
                    double f = sig(z[H + j] + tanh(w.dot("weight_ch", H + j, s[1])));
                    return f * s[1][j] + i * tanh(z[2 * H + j]);
                  });
          double[] h =
              each(H, j -> sig(z[3 * H + j] + tanh(w.dot("weight_ch", 2 * H + j, c))) * tanh(c[j]));
          return out(h, h, c);
        });
    row("slstm", g -> new ScalarLstmCell(I, H, g), (w, x, s) -> slstm(w, x, s, true));
    row(
        "slstm exponential",
        g -> new ScalarLstmCell(I, H, ForgetGate.EXPONENTIAL, g),
        (w, x, s) -> slstm(w, x, s, false));
    row(
        "mlstm",
        g -> new MatrixLstmCell(I, H, g),
        (w, x, s) -> {
          double[] z = each(4 * H, k -> in(w, k, x));
          double i = w.dot("weight_if", 0, x) + w.at("bias_if", 0);
          double l = log(sig(w.dot("weight_if", 1, x) + w.at("bias_if", 1)));
          double m = max(l + s[2][0], i);
          double keep = exp(l + s[2][0] - m);
          double enter = exp(i - m);
          double[] c =
              each(
                  H * H,
                  at -> keep * s[0][at] + enter * z[2 * H + at / H] * z[H + at % H] / sqrt(H));
          double[] n = each(H, j -> keep * s[1][j] + enter * z[H + j] / sqrt(H));
          double dot = IntStream.range(0, H).mapToDouble(j -> n[j] * z[j]).sum();
          double size = max(abs(dot), exp(-m));
          double[] h =
              each(
                  H,
                  j -> {
                    double read = IntStream.range(0, H).mapToDouble(k -> c[j * H + k] * z[k]).sum();
                    return sig(z[3 * H + j]) * read / size;
                  });
          return out(h, c, n, new double[] {m});
        });
    row(
        "nas",
        g -> new NasCell(I, H, g),
        (w, x, s) -> {
          double[] a = each(8 * H, k -> in(w, k, x));
          double[] u = each(8 * H, k -> w.dot("weight_hh", k, s[0]));
          double[] c = new double[H];
          double[] h = new double[H];
          for (int j = 0; j < H; j++) {
            double[] z = new double[8];
            for (int k = 0; k < 8; k++) {
              z[k] = k == 3 ? a[3 * H + j] * u[3 * H + j] : a[k * H + j] + u[k * H + j];
            }
            double p = tanh(sig(z[0]) * relu(z[1]));
            double q = tanh(sig(z[2]) + relu(z[3]));
            double r = tanh(tanh(z[4]) * sig(z[5]));
            double t = sig(tanh(z[6]) + sig(z[7]));
            c[j] = tanh(p + s[1][j]) * q;
            h[j] = tanh(c[j] * tanh(r + t));
          }
          return out(h, h, c);
        });
    row(
        "convolutional lstm",
        g -> new ConvLstmCell(2, 2, 3, 3, g),
        (w, x, s) -> {
          int places = 3;
          double[] z = new double[4 * 2 * places];
          for (int o = 0; o < 8; o++) {
            for (int l = 0; l < places; l++) {
              double sum = w.at("bias", o);
              for (int c = 0; c < 2; c++) {
                for (int k = 0; k < 3; k++) {
                  int from = l + k - 1;
                  if (from >= 0 && from < places) {
                    sum += w.at("weight_ih", (o * 2 + c) * 3 + k) * x[c * places + from];
                    sum += w.at("weight_hh", (o * 2 + c) * 3 + k) * s[0][c * places + from];
                  }
                }
              }
              z[o * places + l] = sum;
            }
          }
          int n = 2 * places;
          double[] c = each(n, j -> sig(z[n + j]) * s[1][j] + sig(z[j]) * tanh(z[2 * n + j]));
          double[] h = each(n, j -> sig(z[3 * n + j]) * tanh(c[j]));
          return out(h, h, c);
        });

    // ---- GRU and its relatives ----
    row(
        "gru",
        g -> new GruCell(I, H, g),
        (w, x, s) -> {
          double[] a = each(3 * H, k -> w.dot("weight_ih", k, x) + w.at("bias_ih", k));
          double[] u = each(3 * H, k -> w.dot("weight_hh", k, s[0]) + w.at("bias_hh", k));
          return gru(a, u, s[0]);
        });
    row(
        "gru reset before",
        g -> new ResetBeforeGruCell(I, H, g),
        (w, x, s) -> {
          double[] r = each(H, j -> sig(sum(w, j, x, s[0])));
          double[] z = each(H, j -> sig(sum(w, H + j, x, s[0])));
          double[] n = each(H, j -> tanh(sum(w, 2 * H + j, x, mul(r, s[0]))));
          double[] h = each(H, j -> mix(z[j], s[0][j], n[j]));
          return out(h, h);
        });
    row(
        "layer norm gru",
        g -> new LayerNormGruCell(I, H, g),
        (w, x, s) -> {
          double[] v = each(3 * H, k -> w.dot("weight_ih", k, x));
          double[] nv = normal(v, w.all("gain_ih"), w.all("shift_ih"));
          double[] u = each(3 * H, k -> w.dot("weight_hh", k, s[0]));
          double[] nu = normal(u, w.all("gain_hh"), w.all("shift_hh"));
          return gru(each(3 * H, k -> nv[k] + w.at("bias", k)), nu, s[0]);
        });
    row(
        "ligru",
        g -> new LiGruCell(I, H, g),
        (w, x, s) -> {
          double[] h =
              each(H, j -> mix(sig(sum(w, j, x, s[0])), s[0][j], relu(sum(w, H + j, x, s[0]))));
          return out(h, h);
        });
    row(
        "mgu",
        g -> new MguCell(I, H, g),
        (w, x, s) -> {
          double[] f = each(H, j -> sig(sum(w, j, x, s[0])));
          double[] n = each(H, j -> tanh(sum(w, H + j, x, mul(f, s[0]))));
          double[] h = each(H, j -> mix(f[j], n[j], s[0][j]));
          return out(h, h);
        });
    row(
        "mut1",
        g -> new Mut1Cell(I, H, g),
        (w, x, s) -> {
          double[] z = each(H, j -> sig(in(w, j, x)));
          double[] r = each(H, j -> sig(in(w, H + j, x) + w.dot("weight_hh", j, s[0])));
          double[] n =
              each(
                  H,
                  j ->
                      tanh(
                          tanh(w.dot("weight_ih", 2 * H + j, x))
                              + w.dot("weight_hh", H + j, mul(r, s[0]))
                              + w.at("bias", 2 * H + j)));
          double[] h = each(H, j -> mix(z[j], n[j], s[0][j]));
          return out(h, h);
        });
    row("mut2", g -> new Mut2Cell(I, H, g), (w, x, s) -> mut2(w, x, s[0], true));
    row("mut2 of equal sizes", g -> new Mut2Cell(H, H, g), (w, x, s) -> mut2(w, x, s[0], false));
    row(
        "mut3",
        g -> new Mut3Cell(I, H, g),
        (w, x, s) -> {
          double[] bounded = each(H, j -> tanh(s[0][j]));
          double[] z = each(H, j -> sig(sum(w, j, x, bounded)));
          double[] r = each(H, j -> sig(sum(w, H + j, x, s[0])));
          double[] n = each(H, j -> tanh(sum(w, 2 * H + j, x, mul(r, s[0]))));
          double[] h = each(H, j -> mix(z[j], n[j], s[0][j]));
          return out(h, h);
        });
    row(
        "ugrnn",
        g -> new UgrnnCell(I, H, g),
        (w, x, s) -> {
          double[] h =
              each(H, j -> mix(sig(sum(w, j, x, s[0])), s[0][j], tanh(sum(w, H + j, x, s[0]))));
          return out(h, h);
        });
    row(
        "cfn",
        g -> new CfnCell(I, H, g),
        (w, x, s) -> {
          double[] h =
              each(
                  H,
                  j ->
                      sig(sum(w, j, x, s[0])) * tanh(s[0][j])
                          + sig(sum(w, H + j, x, s[0])) * tanh(w.dot("weight_ih", 2 * H + j, x)));
          return out(h, h);
        });
    row(
        "ran",
        g -> new RanCell(I, H, g),
        (w, x, s) -> {
          double[] c =
              each(
                  H,
                  j -> {
                    double i =
                        sig(
                            w.dot("weight_ih", H + j, x)
                                + w.dot("weight_hh", j, s[0])
                                + w.at("bias", j));
                    double f =
                        sig(
                            w.dot("weight_ih", 2 * H + j, x)
                                + w.dot("weight_hh", H + j, s[0])
                                + w.at("bias", H + j));
                    return i * w.dot("weight_ih", j, x) + f * s[1][j];
                  });
          double[] h = each(H, j -> tanh(c[j]));
          return out(h, h, c);
        });
    row(
        "brc",
        g -> new BrcCell(I, H, g),
        (w, x, s) -> {
          double[] h =
              each(
                  H,
                  j -> {
                    double c = sig(in(w, j, x) + w.at("weight_v", j) * s[0][j]);
                    double a = 1 + tanh(in(w, H + j, x) + w.at("weight_v", H + j) * s[0][j]);
                    return mix(c, s[0][j], tanh(in(w, 2 * H + j, x) + a * s[0][j]));
                  });
          return out(h, h);
        });
    row(
        "nbrc",
        g -> new NeuromodulatedBrcCell(I, H, g),
        (w, x, s) -> {
          double[] h =
              each(
                  H,
                  j -> {
                    double c = sig(sum(w, j, x, s[0]));
                    double a = 1 + tanh(sum(w, H + j, x, s[0]));
                    return mix(c, s[0][j], tanh(in(w, 2 * H + j, x) + a * s[0][j]));
                  });
          return out(h, h);
        });

    // ---- small cells ----
    row(
        "minimal rnn",
        g -> new MinimalRnnCell(I, H, g),
        (w, x, s) -> {
          double[] n = each(H, j -> tanh(in(w, j, x)));
          double[] h =
              each(
                  H,
                  j ->
                      mix(
                          sig(
                              w.dot("weight_hh", j, s[0])
                                  + w.dot("weight_nh", j, n)
                                  + w.at("bias", H + j)),
                          s[0][j],
                          n[j]));
          return out(h, h);
        });
    row("mingru", g -> new MinGruCell(I, H, g), (w, x, s) -> mingru(w, x, s[0], v -> v));
    row(
        "mingru positive",
        g -> new MinGruCell(I, H, Candidate.POSITIVE, g),
        (w, x, s) -> mingru(w, x, s[0], v -> v >= 0 ? v + 0.5 : sig(v)));
    row("minlstm", g -> new MinLstmCell(I, H, g), (w, x, s) -> minlstm(w, x, s[0], v -> v));
    row(
        "minlstm positive",
        g -> new MinLstmCell(I, H, Candidate.POSITIVE, g),
        (w, x, s) -> minlstm(w, x, s[0], v -> v >= 0 ? v + 0.5 : sig(v)));
    row(
        "indrnn",
        g -> new IndRnnCell(I, H, g),
        (w, x, s) -> {
          double[] h = each(H, j -> relu(in(w, j, x) + w.at("weight_u", j) * s[0][j]));
          return out(h, h);
        });
    row("sru", g -> new SruCell(I, H, g), (w, x, s) -> sru(w, x, s[0], true));
    row("sru of equal sizes", g -> new SruCell(H, H, g), (w, x, s) -> sru(w, x, s[0], false));
    row("linear sru", g -> new LinearSruCell(I, H, g), (w, x, s) -> linearSru(w, x, s[0], true));
    row(
        "linear sru of equal sizes",
        g -> new LinearSruCell(H, H, g),
        (w, x, s) -> linearSru(w, x, s[0], false));
    row(
        "qrnn",
        g -> new QrnnCell(I, H, g),
        (w, x, s) -> {
          double[] z = each(3 * H, k -> in(w, k, x) + w.dot("weight_ph", k, s[1]));
          double[] c = each(H, j -> mix(sig(z[H + j]), s[0][j], tanh(z[j])));
          double[] y = each(H, j -> sig(z[2 * H + j]) * c[j]);
          return out(y, c, x);
        });
    row(
        "fast rnn",
        g -> new FastRnnCell(I, H, g),
        (w, x, s) -> {
          double[] h =
              each(
                  H,
                  j ->
                      sig(w.at("alpha", 0)) * tanh(sum(w, j, x, s[0]))
                          + sig(w.at("beta", 0)) * s[0][j]);
          return out(h, h);
        });
    row(
        "fast grnn",
        g -> new FastGrnnCell(I, H, g),
        (w, x, s) -> {
          double[] h =
              each(
                  H,
                  j -> {
                    double u = w.dot("weight_ih", j, x) + w.dot("weight_hh", j, s[0]);
                    double z = sig(u + w.at("bias", j));
                    double share = sig(w.at("zeta", 0)) * (1 - z) + sig(w.at("nu", 0));
                    return share * tanh(u + w.at("bias", H + j)) + z * s[0][j];
                  });
          return out(h, h);
        });
    row(
        "star",
        g -> new StarCell(I, H, g),
        (w, x, s) -> {
          double[] h =
              each(
                  H,
                  j ->
                      tanh(
                          mix(
                              sig(in(w, H + j, x) + w.dot("weight_hh", j, s[0])),
                              tanh(in(w, j, x)),
                              s[0][j])));
          return out(h, h);
        });
    row(
        "scrn",
        g -> new ScrnCell(I, H, 2, 0.95, g),
        (w, x, s) -> {
          double[] slow = each(2, j -> 0.05 * w.dot("weight_is", j, x) + 0.95 * s[1][j]);
          double[] h =
              each(
                  H,
                  j ->
                      sig(
                          w.dot("weight_ih", j, x)
                              + w.dot("weight_hh", j, s[0])
                              + w.dot("weight_sh", j, slow)));
          double[] y = DoubleStream.concat(Arrays.stream(h), Arrays.stream(slow)).toArray();
          return out(y, h, slow);
        });
    row(
        "atr",
        g -> new AtrCell(I, H, g),
        (w, x, s) -> {
          double[] h =
              each(
                  H,
                  j -> {
                    double p = w.dot("weight_ih", j, x);
                    double q = w.dot("weight_hh", j, s[0]);
                    return sig(p + q) * p + sig(p - q) * s[0][j];
                  });
          return out(h, h);
        });
    row("rhn", g -> new RhnCell(I, H, g), (w, x, s) -> rhn(w, x, s[0], 3, true));
    row(
        "rhn uncoupled",
        g -> new RhnCell(I, H, 2, false, g),
        (w, x, s) -> rhn(w, x, s[0], 2, false));
    row(
        "clockwork",
        g -> new ClockworkCell(I, 5, new int[] {1, 2}, g),
        (w, x, s) -> {
          int[] period = {1, 1, 1, 2, 2};
          double[] h = new double[5];
          double[] phase = new double[5];
          for (int j = 0; j < 5; j++) {
            double z = in(w, j, x);
            for (int k = 0; k < 5; k++) {
              z += period[k] >= period[j] ? w.at("weight_hh", 5 * j + k) * s[0][k] : 0;
            }
            h[j] = s[1][j] < 0.5 ? tanh(z) : s[0][j];
            phase[j] = s[1][j] + 1 > period[j] - 0.5 ? 0 : s[1][j] + 1;
          }
          return out(h, h, phase);
        });

    // ---- oscillators and differential equations ----
    row(
        "antisymmetric",
        g -> new AntisymmetricCell(I, H, 0.2, 0.3, g),
        (w, x, s) -> {
          double[] h =
              each(
                  H,
                  j -> {
                    double z = in(w, j, x) - 0.3 * s[0][j];
                    for (int k = 0; k < H; k++) {
                      z += (w.at("weight_hh", j * H + k) - w.at("weight_hh", k * H + j)) * s[0][k];
                    }
                    return s[0][j] + 0.2 * tanh(z);
                  });
          return out(h, h);
        });
    row(
        "cornn",
        g -> new CoRnnCell(I, H, 0.1, 2, 3, g),
        (w, x, s) -> {
          double[] z =
              each(
                  H,
                  j -> {
                    double force = tanh(sum(w, j, x, s[0]) + w.dot("weight_zh", j, s[1]));
                    return s[1][j] + 0.1 * (force - 2 * s[0][j] - 3 * s[1][j]);
                  });
          double[] y = each(H, j -> s[0][j] + 0.1 * z[j]);
          return out(y, y, z);
        });
    row(
        "unicornn",
        g -> new UnicornnCell(I, H, 0.1, 2, g),
        (w, x, s) -> {
          double[] rate = each(H, j -> 0.1 * sig(w.at("time_scale", j)));
          double[] z =
              each(
                  H,
                  j -> {
                    double force = tanh(w.at("weight_u", j) * s[0][j] + in(w, j, x));
                    return s[1][j] - rate[j] * (force + 2 * s[0][j]);
                  });
          double[] y = each(H, j -> s[0][j] + rate[j] * z[j]);
          return out(y, y, z);
        });
    row(
        "lem",
        g -> new LemCell(I, H, 0.7, g),
        (w, x, s) -> {
          double[] d = each(H, j -> 0.7 * sig(sum(w, j, x, s[0])));
          double[] e = each(H, j -> 0.7 * sig(sum(w, H + j, x, s[0])));
          double[] z = each(H, j -> mix(d[j], tanh(sum(w, 2 * H + j, x, s[0])), s[1][j]));
          double[] y =
              each(
                  H, j -> mix(e[j], tanh(in(w, 3 * H + j, x) + w.dot("weight_zh", j, z)), s[0][j]));
          return out(y, y, z);
        });

    // ---- linear memories ----
    row("lmu", g -> new LmuCell(I, H, 4, 5, g), CellTable::lmu);
    row(
        "real lru",
        g -> new RealLruCell(I, H, g),
        (w, x, s) -> {
          double[] h =
              each(
                  H,
                  j ->
                      exp(-exp(w.at("nu_log", j))) * s[0][j]
                          + exp(w.at("gamma_log", j)) * w.dot("weight_b", j, x));
          double[] y = each(I, j -> w.dot("weight_c", j, h) + w.at("weight_d", j) * x[j]);
          return out(y, h);
        });
    row(
        "lru",
        g -> new LruCell(I, H, g),
        (w, x, s) -> {
          double[] size = each(H, j -> exp(-exp(w.at("nu_log", j))));
          double[] angle = each(H, j -> exp(w.at("theta_log", j)));
          double[] gain = each(H, j -> exp(w.at("gamma_log", j)));
          double[] re =
              each(
                  H,
                  j ->
                      size[j] * (cos(angle[j]) * s[0][j] - sin(angle[j]) * s[1][j])
                          + gain[j] * w.dot("weight_b", j, x));
          double[] im =
              each(
                  H,
                  j ->
                      size[j] * (cos(angle[j]) * s[1][j] + sin(angle[j]) * s[0][j])
                          + gain[j] * w.dot("weight_b", H + j, x));
          double[] y =
              each(
                  I,
                  j ->
                      w.dot("weight_c", j, re)
                          - w.dot("weight_c", I + j, im)
                          + w.at("weight_d", j) * x[j]);
          return out(y, re, im);
        });
    row("diagonal state space", g -> new DiagonalStateSpaceCell(I, H, g), CellTable::stateSpace);
    row("rwkv time mix", g -> new RwkvTimeMixCell(I, H, g), CellTable::rwkv);

    // ---- ONNX ----
    onnx();
  }

  private static List<double[]> slstm(Weights w, double[] x, double[][] s, boolean sigmoid) {
    double[] z = each(4 * H, k -> sum(w, k, x, s[0]));
    double[] l = each(H, j -> sigmoid ? log(sig(z[H + j])) : z[H + j]);
    double[] m = each(H, j -> max(l[j] + s[3][j], z[j]));
    double[] keep = each(H, j -> exp(l[j] + s[3][j] - m[j]));
    double[] enter = each(H, j -> exp(z[j] - m[j]));
    double[] c = each(H, j -> keep[j] * s[1][j] + enter[j] * tanh(z[2 * H + j]));
    double[] n = each(H, j -> keep[j] * s[2][j] + enter[j]);
    double[] h = each(H, j -> sig(z[3 * H + j]) * c[j] / n[j]);
    return out(h, h, c, n, m);
  }

  private static List<double[]> gru(double[] a, double[] u, double[] h) {
    double[] next =
        each(
            H,
            j -> {
              double r = sig(a[j] + u[j]);
              double z = sig(a[H + j] + u[H + j]);
              double n = tanh(a[2 * H + j] + r * u[2 * H + j]);
              return (1 - z) * n + z * h[j];
            });
    return out(next, next);
  }

  private static List<double[]> mut2(Weights w, double[] x, double[] h, boolean projected) {
    double[] b = w.all("bias");
    double[] z = each(H, j -> sig(w.dot("weight_ih", j, x) + w.dot("weight_hh", j, h) + b[j]));
    double[] skip = each(H, j -> projected ? w.dot("weight_ih", 2 * H + j, x) : x[j]);
    double[] r = each(H, j -> sig(skip[j] + w.dot("weight_hh", H + j, h) + b[H + j]));
    double[] n =
        each(
            H,
            j ->
                tanh(
                    w.dot("weight_ih", H + j, x)
                        + w.dot("weight_hh", 2 * H + j, mul(r, h))
                        + b[2 * H + j]));
    double[] next = each(H, j -> mix(z[j], n[j], h[j]));
    return out(next, next);
  }

  @FunctionalInterface
  private interface Scalar {
    double apply(double v);
  }

  private static List<double[]> mingru(Weights w, double[] x, double[] h, Scalar phi) {
    double[] next = each(H, j -> mix(sig(in(w, j, x)), phi.apply(in(w, H + j, x)), h[j]));
    return out(next, next);
  }

  private static List<double[]> minlstm(Weights w, double[] x, double[] h, Scalar phi) {
    double[] next =
        each(
            H,
            j -> {
              double f = sig(in(w, j, x));
              double i = sig(in(w, H + j, x));
              return f / (f + i) * h[j] + i / (f + i) * phi.apply(in(w, 2 * H + j, x));
            });
    return out(next, next);
  }

  private static List<double[]> sru(Weights w, double[] x, double[] c, boolean projected) {
    double[] u = each((projected ? 4 : 3) * H, k -> w.dot("weight_ih", k, x));
    double[] v = w.all("weight_c");
    double[] b = w.all("bias");
    double[] f = each(H, j -> sig(u[H + j] + v[j] * c[j] + b[j]));
    double[] r = each(H, j -> sig(u[2 * H + j] + v[H + j] * c[j] + b[H + j]));
    double[] next = each(H, j -> mix(f[j], c[j], u[j]));
    double[] y = each(H, j -> mix(r[j], next[j], projected ? u[3 * H + j] : x[j]));
    return out(y, next);
  }

  private static List<double[]> linearSru(Weights w, double[] x, double[] c, boolean projected) {
    double[] next = new double[H];
    double[] y = new double[H];
    for (int j = 0; j < H; j++) {
      double f = sig(w.dot("weight_ih", H + j, x) + w.at("bias", j));
      double r = sig(w.dot("weight_ih", 2 * H + j, x) + w.at("bias", H + j));
      next[j] = f * c[j] + (1 - f) * w.dot("weight_ih", j, x);
      double skip = projected ? w.dot("weight_ih", 3 * H + j, x) : x[j];
      y[j] = r * tanh(next[j]) + (1 - r) * skip;
    }
    return out(y, next);
  }

  private static List<double[]> rhn(Weights w, double[] x, double[] h, int depth, boolean coupled) {
    int blocks = coupled ? 2 : 3;
    double[] s = h;
    for (int l = 0; l < depth; l++) {
      int first = l * blocks * H;
      boolean lowest = l == 0;
      double[] before = s;
      double[] a =
          each(
              blocks * H,
              k ->
                  w.dot("weight_hh", first + k, before)
                      + w.at("bias", first + k)
                      + (lowest ? w.dot("weight_ih", k, x) : 0));
      s =
          each(
              H,
              j -> {
                double t = sig(a[H + j]);
                double carry = coupled ? 1 - t : sig(a[2 * H + j]);
                return tanh(a[j]) * t + before[j] * carry;
              });
    }
    return out(s, s);
  }

  /** The system is integrated in small steps here, not by the matrix exponential. */
  private static List<double[]> lmu(Weights w, double[] x, double[][] s) {
    int order = 4;
    double theta = 5;
    double u = w.dot("encoder_x", 0, x) + w.dot("encoder_h", 0, s[0]) + w.dot("encoder_m", 0, s[1]);
    double[] m = s[1].clone();
    int parts = 400;
    for (int part = 0; part < parts; part++) {
      double[] now = m;
      double[] k1 = legendre(now, u, theta);
      double[] k2 = legendre(each(order, i -> now[i] + k1[i] / (2 * parts)), u, theta);
      double[] k3 = legendre(each(order, i -> now[i] + k2[i] / (2 * parts)), u, theta);
      double[] k4 = legendre(each(order, i -> now[i] + k3[i] / parts), u, theta);
      m = each(order, i -> now[i] + (k1[i] + 2 * k2[i] + 2 * k3[i] + k4[i]) / (6 * parts));
    }
    double[] memory = m;
    double[] h =
        each(
            H,
            j ->
                tanh(
                    w.dot("weight_ih", j, x)
                        + w.dot("weight_hh", j, s[0])
                        + w.dot("weight_mh", j, memory)));
    return out(h, h, m);
  }

  private static double[] legendre(double[] m, double u, double theta) {
    return each(
        m.length,
        i -> {
          double sum = i % 2 == 0 ? u : -u;
          for (int j = 0; j < m.length; j++) {
            double sign = i < j ? -1 : (i - j) % 2 == 0 ? -1 : 1;
            sum += sign * m[j];
          }
          return (2 * i + 1) / theta * sum;
        });
  }

  private static List<double[]> stateSpace(Weights w, double[] x, double[][] s) {
    double[] re = new double[H];
    double[] im = new double[H];
    for (int j = 0; j < H; j++) {
      double d = exp(w.at("step_log", j));
      double a = -exp(w.at("decay_log", j));
      double b = w.at("frequency", j);
      double lr = exp(d * a) * cos(d * b);
      double li = exp(d * a) * sin(d * b);
      double norm = a * a + b * b;
      double gr = ((lr - 1) * a + li * b) / norm;
      double gi = (li * a - (lr - 1) * b) / norm;
      double br = w.dot("weight_b", j, x);
      double bi = w.dot("weight_b", H + j, x);
      re[j] = lr * s[0][j] - li * s[1][j] + gr * br - gi * bi;
      im[j] = lr * s[1][j] + li * s[0][j] + gr * bi + gi * br;
    }
    double[] y =
        each(
            I,
            j ->
                2 * (w.dot("weight_c", j, re) - w.dot("weight_c", I + j, im))
                    + w.at("weight_d", j) * x[j]);
    return out(y, re, im);
  }

  private static List<double[]> rwkv(Weights w, double[] x, double[][] s) {
    double[] p = s[0];
    double[] xk = each(I, i -> mix(w.at("mix_k", i), x[i], p[i]));
    double[] xv = each(I, i -> mix(w.at("mix_v", i), x[i], p[i]));
    double[] xr = each(I, i -> mix(w.at("mix_r", i), x[i], p[i]));
    double[] a = new double[H];
    double[] b = new double[H];
    double[] m = new double[H];
    double[] read = new double[H];
    for (int j = 0; j < H; j++) {
      double k = w.dot("weight_k", j, xk);
      double v = w.dot("weight_v", j, xv);
      // Without the scale: a and b as they stand, times e^m.
      double first = exp(s[3][j]) * s[1][j];
      double second = exp(s[3][j]) * s[2][j];
      double now = exp(k + w.at("bonus", j));
      read[j] = sig(w.dot("weight_r", j, xr)) * (first + now * v) / (second + now);
      double faded = exp(-exp(w.at("decay", j)));
      m[j] = max(s[3][j] - exp(w.at("decay", j)), k);
      a[j] = (faded * first + exp(k) * v) / exp(m[j]);
      b[j] = (faded * second + exp(k)) / exp(m[j]);
    }
    return out(each(I, j -> w.dot("weight_o", j, read)), x, a, b, m);
  }

  private static void onnx() {
    var tanh = OnnxActivation.TANH.with(0, 0);
    var sigmoid = OnnxActivation.SIGMOID.with(0, 0);
    row(
        "onnx rnn",
        g -> new OnnxRnnCell(I, H, OnnxOptions.of(List.of(tanh)), g),
        (w, x, s) -> {
          double[] h = each(H, j -> tanh(onnxIn(w, j, x) + onnxRecurrent(w, 1, j, s[0])));
          return out(h, h);
        });
    for (boolean after : new boolean[] {false, true}) {
      row(
          "onnx gru reset " + (after ? "after" : "before"),
          g -> new OnnxGruCell(I, H, after, OnnxOptions.of(List.of(sigmoid, tanh)), g),
          (w, x, s) -> {
            double[] z = each(H, j -> sig(onnxIn(w, j, x) + onnxRecurrent(w, 3, j, s[0])));
            double[] r = each(H, j -> sig(onnxIn(w, H + j, x) + onnxRecurrent(w, 3, H + j, s[0])));
            double[] h =
                each(
                    H,
                    j -> {
                      double inner =
                          after
                              ? r[j] * onnxRecurrent(w, 3, 2 * H + j, s[0])
                              : onnxRecurrent(w, 3, 2 * H + j, mul(r, s[0]));
                      return mix(z[j], s[0][j], tanh(onnxIn(w, 2 * H + j, x) + inner));
                    });
            return out(h, h);
          });
    }
    row(
        "onnx lstm",
        g ->
            new OnnxLstmCell(
                I, H, true, false, new OnnxOptions(List.of(sigmoid, tanh, tanh), 0.6, true), g),
        (w, x, s) -> {
          double[] z = each(4 * H, k -> onnxIn(w, k, x) + onnxRecurrent(w, 4, k, s[0]));
          double[] p = w.all("P");
          double[] c =
              each(
                  H,
                  j -> {
                    double i = sig(clip(z[j] + p[j] * s[1][j]));
                    double f = sig(clip(z[2 * H + j] + p[2 * H + j] * s[1][j]));
                    return f * s[1][j] + i * tanh(clip(z[3 * H + j]));
                  });
          double[] h = each(H, j -> sig(clip(z[H + j] + p[H + j] * c[j])) * tanh(c[j]));
          return out(h, h, c);
        });
  }

  private static double clip(double z) {
    return max(-0.6, Math.min(0.6, z));
  }

  private static double onnxIn(Weights w, int unit, double[] x) {
    return w.dot("W", unit, x) + w.at("B", unit);
  }

  private static double onnxRecurrent(Weights w, int gates, int unit, double[] h) {
    return w.dot("R", unit, h) + w.at("B", gates * H + unit);
  }
}
