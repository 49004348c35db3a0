package org.tapeloop.nn.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.RandomStream;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;

/**
 * Windows over many documents for truncated backpropagation through time, T tokens of B streams a
 * window.
 *
 * <p>In each pass the documents are dealt to the streams, each to the stream with the fewest tokens
 * so far, and stand there one behind the other. The state after a window is the one to carry into
 * the next; where a document begins it must be the initial one instead, which {@link Window#resets}
 * tells and {@link org.tapeloop.nn.wrap.ResettableCell} does. The target of a token is the one
 * after it in its document. Streams end at different places: behind that, inputs are 0 and targets
 * {@link #NONE}, which {@code CrossEntropy.MEAN.ignoring(DocumentWindows.NONE)} leaves out.
 *
 * <p>The number of the pass and {@link #position} are all that a checkpoint needs.
 */
public final class DocumentWindows extends Passes<DocumentWindows.Window> {
  /** The target where there is none. */
  public static final int NONE = -1;

  private final List<int[]> documents;
  private final int streams;
  private final int steps;
  private final IntFunction<int[]> order;
  private List<Stream> dealt = List.of();

  /**
   * Inputs and targets of one window, whose last steps may be past all documents.
   *
   * @param inputs tokens [T, B]
   * @param targets the token after each of them [T, B], or {@link #NONE}
   * @param resets 1 where a document begins, else 0, [T, B]
   * @param tokens how many targets there are
   */
  public record Window(IntTensor inputs, IntTensor targets, Tensor resets, int tokens) {}

  /** Documents one behind the other, with the place where each begins. */
  private static final class Stream {
    private final List<int[]> documents = new ArrayList<>();
    private final List<Integer> starts = new ArrayList<>();
    private int length;

    void add(int[] document) {
      documents.add(document);
      starts.add(length);
      length += document.length - 1;
    }

    /** The number of the document at a place. */
    int documentAt(int place) {
      int low = 0;
      int high = starts.size() - 1;
      while (low < high) {
        int middle = (low + high + 1) >>> 1;
        if (starts.get(middle) <= place) {
          low = middle;
        } else {
          high = middle - 1;
        }
      }
      return low;
    }
  }

  private DocumentWindows(List<int[]> documents, int streams, int steps, IntFunction<int[]> order) {
    super("windows");
    if (streams < 1 || steps < 1) {
      throw new IllegalArgumentException(
          "windows: %d streams of %d steps; both must be at least 1".formatted(streams, steps));
    }
    if (documents.size() < streams) {
      throw new IllegalArgumentException(
          "windows: %d documents are too few for %d streams".formatted(documents.size(), streams));
    }
    for (int i = 0; i < documents.size(); i++) {
      if (documents.get(i).length < 2) {
        throw new IllegalArgumentException(
            "windows: document %d has %d tokens, and nothing to predict"
                .formatted(i, documents.get(i).length));
      }
    }
    this.documents = List.copyOf(documents);
    this.streams = streams;
    this.steps = steps;
    this.order = order;
    arrange(0);
  }

  /**
   * The documents in their order in every pass.
   *
   * @param documents of at least two tokens each; the arrays must not change
   * @param streams B, at most as many as there are documents
   * @param steps T
   */
  public static DocumentWindows inOrder(List<int[]> documents, int streams, int steps) {
    int[] order = Permutation.identity(documents.size());
    return new DocumentWindows(documents, streams, steps, pass -> order);
  }

  /**
   * The documents in another random order in each pass.
   *
   * @param seed one that no generator of the run has, so that the order depends on nothing else
   */
  public static DocumentWindows shuffled(List<int[]> documents, int streams, int steps, long seed) {
    return new DocumentWindows(
        documents,
        streams,
        steps,
        pass -> Permutation.of(documents.size(), new RandomStream(seed, pass)));
  }

  @Override
  void arrange(int pass) {
    List<Stream> all = new ArrayList<>();
    for (int b = 0; b < streams; b++) {
      all.add(new Stream());
    }
    for (int document : order.apply(pass)) {
      Stream shortest = all.getFirst();
      for (Stream each : all) {
        shortest = each.length < shortest.length ? each : shortest;
      }
      shortest.add(documents.get(document));
    }
    dealt = all;
  }

  /** Number of windows in this pass. */
  @Override
  public int count() {
    int longest = dealt.stream().mapToInt(stream -> stream.length).max().orElse(0);
    return Math.ceilDiv(longest, steps);
  }

  @Override
  Window at(int position) {
    int[] inputs = new int[steps * streams];
    int[] targets = new int[steps * streams];
    float[] resets = new float[steps * streams];
    Arrays.fill(targets, NONE);
    int tokens = 0;
    for (int b = 0; b < streams; b++) {
      Stream stream = dealt.get(b);
      int from = position * steps;
      int to = Math.min(from + steps, stream.length);
      int document = stream.documentAt(from);
      for (int place = from; place < to; place++) {
        if (place - stream.starts.get(document) == stream.documents.get(document).length - 1) {
          document++;
        }
        int offset = place - stream.starts.get(document);
        int at = (place - from) * streams + b;
        inputs[at] = stream.documents.get(document)[offset];
        targets[at] = stream.documents.get(document)[offset + 1];
        resets[at] = offset == 0 ? 1 : 0;
        tokens++;
      }
    }
    Shape shape = Shape.of(steps, streams);
    return new Window(
        IntTensor.of(shape, inputs),
        IntTensor.of(shape, targets),
        Tensor.of(shape, resets),
        tokens);
  }
}
