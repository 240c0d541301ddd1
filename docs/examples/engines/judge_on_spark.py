"""Judge recordings on Spark: spark-submit judge_on_spark.py RECORDINGS FINDINGS

RECORDINGS is a file or a directory of JSON Lines, FINDINGS where the findings are written as Parquet; both are any path
that Spark knows.
"""

import sys

from pyspark.sql import SparkSession

from ixnstate.engines.spark import judge, read
from ixnstate.trace.partition import JudgeOptions

recordings, findings = sys.argv[1:]
spark = SparkSession.builder.appName("judge recordings").getOrCreate()
found = judge(read(spark, recordings), JudgeOptions())
found.write.mode("overwrite").parquet(findings)
spark.read.parquet(findings).groupBy("code").count().orderBy("code").show()
spark.stop()
