"""A session of Spark, where pyspark and Java are there."""

import os
import shutil
import sys

import pytest


@pytest.fixture(scope="session")
def spark():
    pyspark = pytest.importorskip("pyspark", reason="pyspark is not installed: pip install 'ixnstate[spark]'")
    if shutil.which("java") is None:
        pytest.skip("there is no Java")
    assert pyspark.__version__ >= "4"
    os.environ |= {"SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_PYTHON": sys.executable}
    from pyspark.sql import SparkSession

    from ixnstate.engines.spark_stream import STATE_STORE

    builder = SparkSession.builder.master("local[2, 4]").config("spark.ui.enabled", "false")
    session = (
        builder.config("spark.sql.shuffle.partitions", "2")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config(*STATE_STORE)
        .config("spark.sql.files.maxPartitionBytes", "64k")
        .getOrCreate()
    )
    yield session
    session.stop()
