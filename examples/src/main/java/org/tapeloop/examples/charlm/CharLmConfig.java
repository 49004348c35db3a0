package org.tapeloop.examples.charlm;

import java.util.LinkedHashMap;
import java.util.Map;
import org.tapeloop.examples.experiment.Notes;

/**
 * What makes a run of the language model what it is; kept in its checkpoints.
 *
 * @param data {@link #EMBEDDED}, or the absolute path of a file or folder
 * @param cell the recurrent cell
 * @param layers how many on top of each other
 * @param hiddenSize of each layer
 * @param embeddingSize features of a symbol
 * @param dropout probability, between layers and before the output
 * @param sequence symbols through which gradients flow
 * @param batch sequences side by side
 * @param learningRate at its peak
 * @param weightDecay of AdamW
 * @param clip the global norm that gradients are scaled down to
 * @param seed of all random numbers
 */
public record CharLmConfig(
    String data,
    CellKind cell,
    int layers,
    int hiddenSize,
    int embeddingSize,
    double dropout,
    int sequence,
    int batch,
    double learningRate,
    double weightDecay,
    double clip,
    long seed) {
  /** The data that come with the program. */
  public static final String EMBEDDED = "wordnet";

  /** By the names of the options that set them. */
  public Map<String, String> toMap() {
    Map<String, String> map = new LinkedHashMap<>();
    map.put("data", data);
    map.put("cell", cell.label());
    map.put("layers", Integer.toString(layers));
    map.put("hidden", Integer.toString(hiddenSize));
    map.put("embedding", Integer.toString(embeddingSize));
    map.put("dropout", Double.toString(dropout));
    map.put("sequence", Integer.toString(sequence));
    map.put("batch", Integer.toString(batch));
    map.put("learning-rate", Double.toString(learningRate));
    map.put("weight-decay", Double.toString(weightDecay));
    map.put("clip", Double.toString(clip));
    map.put("seed", Long.toString(seed));
    return map;
  }

  /**
   * As written by {@link #toMap}; other keys are passed by.
   *
   * @throws org.tapeloop.examples.files.Failure if something is missing or has no meaning
   */
  public static CharLmConfig ofNotes(Notes notes) {
    return new CharLmConfig(
        notes.text("data"),
        notes.parsed("cell", CellKind::named),
        notes.parsed("layers", Integer::parseInt),
        notes.parsed("hidden", Integer::parseInt),
        notes.parsed("embedding", Integer::parseInt),
        notes.decimal("dropout"),
        notes.parsed("sequence", Integer::parseInt),
        notes.parsed("batch", Integer::parseInt),
        notes.decimal("learning-rate"),
        notes.decimal("weight-decay"),
        notes.decimal("clip"),
        notes.whole("seed"));
  }
}
