"""Judge recordings while they are made: spark-submit judge_stream_on_spark.py RECORDINGS FINDINGS CHECKPOINT

RECORDINGS is a directory into which JSON Lines files are put, FINDINGS where the findings are written as Parquet; with
the same CHECKPOINT, a run goes on where the one before it was stopped or killed.
"""

import sys

from pyspark.sql import SparkSession

from ixnstate.engines.spark_stream import STATE_STORE, judge_stream, read_stream

recordings, findings, checkpoint = sys.argv[1:]
builder = SparkSession.builder.appName("judge a stream").config(*STATE_STORE)
spark = builder.config("spark.sql.shuffle.partitions", "2").getOrCreate()  # as many as recordings, or cores
found = judge_stream(read_stream(spark, recordings), delay=2)
query = found.writeStream.format("parquet").option("path", findings).option("checkpointLocation", checkpoint)
query.trigger(processingTime="1 second").start().awaitTermination()
