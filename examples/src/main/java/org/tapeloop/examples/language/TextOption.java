package org.tapeloop.examples.language;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.tapeloop.examples.experiment.RunFolder;
import org.tapeloop.examples.files.WholeFile;
import org.tapeloop.examples.text.Corpus;
import org.tapeloop.examples.text.WordNet;
import picocli.CommandLine.Option;

/** The text that a language model learns from: a dictionary that is there, or the user's. */
public final class TextOption {
  @Option(
      names = "--data",
      paramLabel = "PATH",
      description =
          "A text file in UTF-8, or a folder of them, to learn from instead of the dictionary. In"
              + " a folder, files with \"valid\" in their names are held out and those with"
              + " \"train\" learned from, such as ptb.valid.txt and ptb.train.txt; else the last"
              + " tenth is held out.")
  private @Nullable Path path;

  /** The text, cut between lines where it has to be cut. */
  public Corpus byLines() {
    return path == null ? WordNet.corpus() : Corpus.ofLines(path);
  }

  /** The text, cut between any two characters. */
  public Corpus byCharacters() {
    return path == null ? WordNet.corpus() : Corpus.ofCharacters(path);
  }

  /** Adds the dictionary's licence to the folder of a run that learns from it. */
  public void addLicence(RunFolder folder) {
    if (path == null) {
      WholeFile.write(folder.path().resolve("LICENCE-WordNet.txt"), WordNet.licence());
    }
  }
}
