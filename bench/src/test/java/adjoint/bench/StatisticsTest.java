package adjoint.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class StatisticsTest {
    @Test
    void quantilesLieBetweenNeighbours() {
        double[] values = {4, 1, 3, 2};
        assertEquals(1, Statistics.quantile(values, 0));
        assertEquals(1.75, Statistics.quantile(values, 0.25));
        assertEquals(2.5, Statistics.median(values));
        assertEquals(4, Statistics.quantile(values, 1));
        assertEquals(7, Statistics.median(new double[] {7}));
    }

    @Test
    void oneWildRoundDoesNotMoveTheMedian() {
        assertEquals(1.01, Statistics.median(new double[] {1.01, 1.0, 97, 1.02, 0.99}));
    }

    @Test
    void geometricMeanOfRatios() {
        assertEquals(1, Statistics.geometricMean(new double[] {0.5, 2}), 1e-15);
        assertEquals(2, Statistics.geometricMean(new double[] {1, 2, 4}), 1e-15);
    }

    @Test
    void ofNothingThereIsNoNumber() {
        assertEquals(Double.NaN, Statistics.median(new double[0]));
        assertEquals(Double.NaN, Statistics.geometricMean(new double[0]));
    }

    @Test
    void aboveOneIsAlwaysBetter() {
        assertEquals(2, Unit.GIGAFLOPS.ratio(200, 100));
        assertEquals(2, Unit.MILLISECONDS.ratio(5, 10));
        assertEquals(0.5, Unit.NANOSECONDS_PER_ELEMENT.ratio(0.4, 0.2));
        assertEquals(100, Unit.GIGAFLOPS.figure(1e9, 1e7));
        assertEquals(0.25, Unit.NANOSECONDS_PER_ELEMENT.figure(1000, 250));
        assertEquals(3, Unit.MILLISECONDS.figure(1, 3e6));
    }
}
